"""Readers that do what a hostile file makes a library do. The reading room's children import them by name."""

import os
import signal
import sys
import time
from itertools import count

from knowledge.errors import Unreadable
from knowledge.ingest.manuscript import Manuscript, Table


def echo(data: bytes) -> Manuscript:
    return Manuscript((data.decode(),), {"number": "金民发〔2023〕12号"}, (Table("甲", (("一", "二"),)),))


def whoami(data: bytes) -> Manuscript:
    return Manuscript((str(os.getpid()),))


def refuse(data: bytes) -> Manuscript:
    raise Unreadable("不合适。")


def spin(data: bytes) -> Manuscript:
    return Manuscript((str(sum(1 for _ in count())),))


def sleep(data: bytes) -> Manuscript:
    signal.pause()
    return Manuscript()


def hoard(data: bytes) -> Manuscript:
    return Manuscript((str(len([bytes(1 << 20) for _ in range(1 << 20)])),))


def recurse(data: bytes) -> Manuscript:
    return recurse(data)


def crash(data: bytes) -> Manuscript:
    os.kill(os.getpid(), signal.SIGSEGV)
    return Manuscript()


def leave(data: bytes) -> Manuscript:
    os._exit(0)


def stumble(data: bytes) -> Manuscript:
    raise ZeroDivisionError(data.decode())


def chatter(data: bytes) -> Manuscript:
    sys.stdout.write("not for the caller")
    return Manuscript(("x" * 2000,))


def toil(data: bytes) -> Manuscript:
    """0.6 s of work, then who did it."""
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
    return whoami(data)
