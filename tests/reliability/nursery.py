"""Where servers are born quickly: a process that has imported everything and forks one when asked.

A server from here is a process of its own, as killable as any other; it only spares the two seconds that
Python takes to import. It reads one request a line from its standard input and answers each with a line.
"""

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROOMS = ("bot.app", "bot.cli", "bot.cli.chat", "bot.settings", "bot.logs", "alembic.command", "psycopg")


class Nursery:
    """The test's side. `close` it; its children are the caller's to end before."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.nursery"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def fork(
        self, module: str, arguments: list[str], folder: Path, settings: dict[str, str], log: Path
    ) -> "Child":
        """A process that runs `python -m module arguments` in `folder`, as if started there."""
        request = {"run": module, "arguments": arguments, "folder": str(folder), "log": str(log)}
        return Child(self, self._ask({**request, "settings": settings}))

    def close(self) -> None:
        self._process.communicate(timeout=30)

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Child:
    """A forked server: what the tests use of `subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._code: int | None = None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def poll(self) -> int | None:
        return self._look(os.WNOHANG)

    def wait(self, _seconds: float) -> int:
        code = self._look(0)
        assert code is not None
        return code

    def _look(self, options: int) -> int | None:
        if self._code is None:
            self._code = self._nursery._ask({"look": self.pid, "options": options})
        return self._code


def _look(pid: int, options: int) -> int | None:
    found, status = os.waitpid(pid, options)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(request["folder"])
    os.environ.update(request["settings"])
    sys.argv = [request["run"], *request["arguments"]]
    code = 0
    try:
        runpy.run_module(request["run"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    for room in ROOMS:
        importlib.import_module(room)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    alive: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "look" in request:
            answer = _look(request["look"], request["options"])
            if answer is not None:
                alive.discard(request["look"])
        else:
            answer = _fork(request)
            alive.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in alive:  # the session ended before its servers did
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
