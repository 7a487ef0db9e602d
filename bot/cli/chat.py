"""`chat`: talk in the terminal, one message a line, through the very same dispatcher."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any

import typer

from bot.cli.people import named_member, named_place
from bot.cli.session import Failure, clock_of, out, out_json, reported, settings
from bot.clock import Clock
from bot.phrases import cli as say

CHANNEL = "terminal"

SOON = 1.0
"""Seconds a line waits for what another process changed in the base; a long import is not waited for."""


@dataclass(slots=True)
class ShiftedClock:
    """A clock that starts at a given moment and runs on."""

    inner: Clock
    shift: timedelta

    @property
    def zone(self) -> tzinfo:
        return self.inner.zone

    def now(self) -> datetime:
        return self.inner.now() + self.shift

    def token(self, size: int) -> bytes:
        return self.inner.token(size)


def chat(
    who: Annotated[str | None, typer.Option("--as", help=say.AS_WHO)] = None,
    group: Annotated[str | None, typer.Option(help=say.IN_GROUP)] = None,
    at: Annotated[str | None, typer.Option(help=say.AT)] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say.JSON)] = False,
) -> None:
    """Read lines from standard input and print what the bot says to them, and what they cause elsewhere."""
    from bot.app import App

    found = settings(quietly=True)
    clock = clock_of(found)
    if at is not None:
        clock = ShiftedClock(clock, _moment(at, clock) - clock.now())
    with reported():
        app = App.open(found, clock)
        try:
            place = app.database.read_now(_group, group) if group else None
            speaker = app.database.run_now(_speaker, who, found.dev, place.place_id if place else None)
            asyncio.run(_talk(app, speaker, place.id if place else None, as_json))
        finally:
            app.close()


async def _talk(app: Any, speaker: Any, chat_id: int | None, as_json: bool) -> None:
    from bot.cli.transcript import say_line

    looking: asyncio.Task[None] | None = None
    names = {member.name for member in await app.database.read(lambda uow: uow.members.all())}
    for line in sys.stdin:
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        looking = await _caught_up(app, looking)
        said = await say_line(app, speaker, chat_id, text, names)
        if as_json:
            out_json(said.plain())
        else:
            for to, reply in said.replies:
                out(reply if to == said.here else f"[→ {to}]\n{reply}")


async def _caught_up(app: Any, looking: "asyncio.Task[None] | None") -> "asyncio.Task[None] | None":
    """See a base, and words, that changed while the line was awaited; returns a look that is not over yet."""
    from knowledge.errors import IndexBusy

    looking = looking or asyncio.create_task(app.tick_index())
    done, _ = await asyncio.wait([looking], timeout=SOON)
    if not done:
        return looking
    with suppress(IndexBusy):
        looking.result()
    return None


def _moment(text: str, clock: Clock) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(say.BAD_TIME.format(text=text)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)


def _speaker(uow: Any, who: str | None, dev: bool, here: int | None) -> Any:
    """The member of this name. In dev an unknown one becomes a resident of where they speak."""
    if who is None:
        if not dev:
            raise Failure(say.WHO_NEEDED)
        who = say.GUEST
    if dev and not (called := uow.called(who, hidden=True)).members:
        return uow.members.add(called.name, place_id=named_place(uow, called.at).id if called.at else here)
    member = named_member(uow, who)
    if not dev:
        uow.audit.add(actor="operator", action="speak_as", subject=f"member:{member.id}")
    return member


def _group(uow: Any, name: str) -> Any:
    from storage.base import NotFound

    try:
        return uow.groups.named(name)
    except NotFound:
        choices = "、".join(group.name for group in uow.groups.all())
        raise Failure(say.NO_SUCH_GROUP.format(name=name, choices=choices)) from None
