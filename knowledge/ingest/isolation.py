"""Files of strangers are read in a child process with limits, which hands back plain values.

A reader that runs away, eats memory or crashes takes its process with it, never ours. A child stays for the next
file, so that a folder of small ones does not pay an interpreter start each; it leaves when nobody needs it.
What comes back is JSON, not a pickle: a child that a file has taken over can lie to us, and no more.
"""

import json
import logging
import multiprocessing
import pkgutil
import signal
import traceback
import warnings
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from threading import BoundedSemaphore, Lock, Timer
from types import ModuleType
from typing import Any

from knowledge.errors import Unreadable
from knowledge.ingest.manuscript import BROKEN, Manuscript

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows has no such limits: there the patience of the parent is the only one
    resource = None

log = logging.getLogger(__name__)

_SLOW = "文件太复杂，读了 {seconds} 秒还没读完，请拆成几个小文件再导入。"
_LARGE = "文件展开后太大，请拆成几个小文件再导入。"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: `memory` bytes of address space, `seconds` of processor, `patience` on the clock.

    `answer`: bytes of what is handed back. `idle`: seconds a child waits for its next file before it leaves.
    """

    memory: int = 512 * 1024 * 1024
    seconds: int = 20
    patience: float = 60
    answer: int = 64 * 1024 * 1024
    idle: float = 60


class ReadingRoom:
    """Reads files, at most `desks` at a time, each in a child of its own. Safe in threads."""

    def __init__(self, limits: Limits | None = None, desks: int = 2) -> None:
        self.limits = limits or Limits()
        self._seats = BoundedSemaphore(desks)
        self._lock = Lock()
        self._idle: list[_Desk] = []

    def read(self, reader: str, data: bytes) -> Manuscript:
        """What `reader` makes of a file's bytes. Raises `Unreadable`, within the limits' patience.

        `reader`: "package.module:function", bytes → `Manuscript`; only the child imports it.
        """
        with self._seats:
            while True:
                desk, used = self._taken()
                try:
                    answer = desk.ask(reader, data)
                except _Gone as gone:
                    desk.close()
                    if used and gone.of_itself:
                        continue
                    log.warning("reader_died", extra={"reader": reader, "exit": gone.code})
                    raise Unreadable(gone.sentence) from None
                except BaseException:
                    desk.close()
                    raise
                return self._understood(desk, answer)

    def close(self) -> None:
        """Send the children home. The next file starts a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for desk in idle:
            desk.close()

    def _taken(self) -> tuple["_Desk", bool]:
        with self._lock:
            while self._idle:
                desk = self._idle.pop()
                if desk.process.is_alive():
                    return desk, True
                desk.close()
        return _Desk(self.limits), False

    def _understood(self, desk: "_Desk", answer: bytes) -> Manuscript:
        row = json.loads(answer)
        if "failure" in row:
            log.warning("reader_failed", extra={"failure": row["failure"]})
        if row.get("spent"):
            desk.close()
        else:
            with self._lock:
                self._idle.append(desk)
        if "refused" in row:
            raise Unreadable(row["refused"])
        return Manuscript.from_plain(row)


class _Gone(Exception):
    """The child is no more. `of_itself`: it left between two files, which is no fault of this one."""

    def __init__(self, code: int | None, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.of_itself = code, sentence, code == 0


class _Desk:
    """One child and the pipe to it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.expired = False
        spawn = multiprocessing.get_context("spawn")
        self.door, theirs = spawn.Pipe()
        self.process = spawn.Process(
            target=_attend, args=(theirs, limits), name="lianxin-reader", daemon=True
        )
        self.process.start()
        theirs.close()

    def ask(self, reader: str, data: bytes) -> bytes:
        """The child's answer. Raises `_Gone`. The alarm ends the child, and with it every wait on its pipe."""
        alarm = Timer(self.limits.patience, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            self.door.send((reader, data))
            return self.door.recv_bytes(self.limits.answer)
        except (EOFError, OSError):
            self.process.kill()
            self.process.join()
            raise _Gone(self.process.exitcode, self._reason()) from None
        finally:
            alarm.cancel()

    def _expire(self) -> None:
        self.expired = True
        self.process.kill()

    def _reason(self) -> str:
        if self.expired:
            return _SLOW.format(seconds=round(self.limits.patience))
        if self.process.exitcode == -getattr(signal, "SIGXCPU", 0):
            return _SLOW.format(seconds=self.limits.seconds)
        return BROKEN

    def close(self) -> None:
        self.door.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def _attend(door: Connection, limits: Limits) -> None:
    """The child: a file at a time, until the parent hangs up or nothing comes for long."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    _confine(limits)
    while door.poll(limits.idle):
        try:
            reader, data = door.recv()
        except EOFError:
            return
        _allow(limits.seconds)
        door.send_bytes(_answer(reader, data))


def _answer(reader: str, data: bytes) -> bytes:
    """JSON of a manuscript or of a refusal; `spent`: who knows what the file left behind here."""
    row: dict[str, Any]
    try:
        row = asdict(pkgutil.resolve_name(reader)(data))
    except Unreadable as refused:
        row = {"refused": refused.reason}
    except (MemoryError, RecursionError):
        row = {"refused": _LARGE, "spent": True}
    except Exception:  # noqa: BLE001 -- a worker's outermost loop: the parent logs it
        row = {"refused": BROKEN, "spent": True, "failure": traceback.format_exc(limit=-4)}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _confine(limits: Limits) -> None:
    if resource is None:
        return
    for kind, most in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
        except (ValueError, OSError):  # macOS knows the name of the memory limit, and refuses it
            continue


def _allow(seconds: int) -> None:
    """So many more seconds of processor from now on: the system counts over the life of a process."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
