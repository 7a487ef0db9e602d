"""Real servers for the reliability tests: processes of their own, spoken to over HTTP, killed at will."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.platform.clock import CHINA, StandingClock
from tests.platform.official_account import Account
from tests.postgres import free_port
from tests.reliability.nursery import Child, Nursery

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60.0
PLAIN = ("bot", "serve")
DATA_KEY = "d" * 40
"""What the servers seal with, so that a test can look into their database."""


class WallClock(StandingClock):
    """The machine's clock, shifted: what the platform and a staged server live by."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        super().__init__()
        self.shift = shift

    def now(self) -> datetime:
        return datetime.now(CHINA) + self.shift


@dataclass
class Server:
    """One process. `command`: the module Python runs, and its arguments. `nursery`: forks it, when given."""

    folder: Path
    settings: dict[str, str]
    command: Sequence[str] = PLAIN
    nursery: Nursery | None = None
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | Child | None" = None

    @property
    def url(self) -> str:
        """The Official Account's callback."""
        return f"http://127.0.0.1:{self.port}/wechat"

    @property
    def log(self) -> Path:
        return self.folder / f"server-{self.port}.log"

    def launch(self) -> None:
        """Start the process; `wait` until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "WECHAT_"))}
        settings = {**self.settings, "BOT_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        module, *arguments = self.command
        if self.nursery is not None:
            self.process = self.nursery.fork(module, arguments, self.folder, settings, self.log)
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=self.folder, env={**kept, **settings},
                stdout=log, stderr=log,
            )  # fmt: skip

    def wait(self) -> None:
        """Return once `/readyz` says so."""
        until = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2).close()
            except (urllib.error.URLError, OSError):
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server did not start:\n{self.complaints()}") from None
                time.sleep(0.03)
            else:
                return

    def kill(self) -> None:
        """End it as a power cut would, wherever it stands."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, and wait; returns its exit code."""
        return self._end(signal.SIGTERM)

    def complaints(self) -> str:
        """What it wrote to its log."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        return process.wait(30)


def settings(
    account: Account, api: str, folder: Path, database_url: str = "", env: str = "production"
) -> dict[str, str]:
    """Settings of a server for `account`, with all limits lifted."""
    return {
        "BOT_ENV": env,
        "BOT_HOST": "127.0.0.1",
        "BOT_DATA_DIR": str(folder),
        "BOT_DATABASE_URL": database_url,
        "BOT_SECRET_KEY": "s" * 40,
        "BOT_DATA_KEY": DATA_KEY,
        "BOT_LOG_LEVEL": "WARNING",
        "BOT_LIMIT_MESSAGES": "0",
        "BOT_LIMIT_WISHES": "0",
        "BOT_LIMIT_CLAIMS": "0",
        "WECHAT_APP_ID": account.app_id,
        "WECHAT_APP_SECRET": account.app_secret,
        "WECHAT_TOKEN": account.token,
        "WECHAT_AES_KEY": account.aes_key,
        "WECHAT_API_BASE": api,
    }


@contextmanager
def serving(*servers: Server) -> Iterator[None]:
    """The servers, started together and ready; whatever still runs at the end is killed."""
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait()
        yield
    finally:
        for server in servers:
            server.kill()
