"""Two who act on one wish in the same moment, on two replicas: what the one read is asked again by the other."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.chat.errors import DomainError
from bot.chat.turn import Chat
from handlers.wishes import phrases, use_cases
from handlers.wishes.closing import use_cases as closing
from storage.database import Database
from storage.members import Member
from storage.wish_words import WishWords
from storage.wishes import Consent, Status
from tests.clock import FrozenClock
from tests.handlers.town import Town
from tests.handlers.wish_records import wish

WAIT = 3.0
"""Seconds; on SQLite the other waits until this one is done, and so does not end before."""


def private(member: Member) -> Chat:
    return Chat(f"m:{member.id}", None, "terminal", member.place_id)


def meanwhile(
    url: str, now: Callable[[], Any], act: Callable[..., object], **given: object
) -> threading.Thread:
    """Somebody else's act on another replica, begun now and waited for as long as it can end."""

    def run() -> None:
        other = Database(url, now)
        with contextlib.closing(other), contextlib.suppress(DomainError):  # whoever comes second is told so
            other.run_now(lambda uow: act(uow))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(WAIT)
    return thread


async def test_words_changed_while_a_childs_wish_is_merged_in_let_nobody_round_the_guardian(
    town: Town, database_url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say("陈大爷", "/心愿 8岁的孩子想要一个书包")
    await town.say("张大妈", "/心愿 10岁的孩子想要一个书包")
    await town.say("王主任", "/核实 7 退回 写清大小")
    boss, logger, real = town.person("王主任"), town.person("陈大爷"), use_cases.move
    threads: list[threading.Thread] = []

    def moved(uow: Any, *given: Any, **more: Any) -> Any:
        def merge(other: Any) -> object:
            return closing.merge(other, 8, 7, by=boss, chat=private(boss))

        threads.append(meanwhile(database_url, clock.now, merge))
        return real(uow, *given, **more)

    monkeypatch.setattr(use_cases, "move", moved)
    with contextlib.suppress(phrases.OtherChildren):
        town.database.run_now(
            lambda uow: use_cases.amend(uow, 7, "70岁老人想要一个书包", by=logger, chat=private(logger))
        )
    monkeypatch.undo()
    for thread in threads:
        thread.join()
    kept, other = await wish(town, 7), await wish(town, 8)
    assert threads
    assert other.merged_into is None or kept.consent is Consent.NEEDED


async def test_what_is_opened_again_while_details_are_wiped_keeps_them(
    town: Town, database_url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say("陈大爷", "/心愿 李桂兰奶奶想要一把轮椅，电话13812345678")
    await town.say("陈大爷", "/撤回 7")
    clock.advance(days=15)
    logger, real = town.person("陈大爷"), WishWords.closed_before
    threads: list[threading.Thread] = []

    def closed(self: WishWords, moment: Any) -> list[int]:
        found = real(self, moment)

        def reopen(other: Any) -> object:
            return closing.reopen(other, 7, "还要", by=logger, chat=private(logger))

        threads.append(meanwhile(database_url, clock.now, reopen))
        return found

    monkeypatch.setattr(WishWords, "closed_before", closed)
    town.database.run_now(closing.wipe)
    monkeypatch.undo()
    for thread in threads:
        thread.join()
    ended = await wish(town, 7)
    kept = town.database.read_now(lambda uow: uow.details.fields("wish:7"))
    opened_first = database_url.startswith("postgresql")  # on SQLite the one who writes first is done first
    assert (ended.status, "content" in kept) == (Status.PENDING, opened_first)
