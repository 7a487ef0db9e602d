r"""Transcripts: conversations a secretary can read, replayed through the real dispatcher.

    # 标题                              a heading; the first names the transcript
    @ 2026-03-05 09:00                  the clock stands there; `@ 09:05` stays on the day
    = 定时                              a stage direction, see `DIRECTIONS`
    李书记> /心愿单                     said in private; a name nobody has becomes a resident
    刘大婶@永续社区> /我                in private; the place tells two of a name apart, or where a new one lives
    小周@永续社区连心群> /认领 2        said in a group
    小周×20> /帮助                      said twenty times, the last answer shown; `×7-9` counts, {n} is the number
    bot> #2 由您认领。                  the answer; a line that goes on is indented, a new part starts anew
    bot→张大妈> 您登记的心愿 …          what it caused elsewhere
    (silence)                           nothing was said

In what is said, `\u202e`, `\n` and the like stand for what cannot be seen, `{字×700}` for 字 seven hundred times,
and 〔语音〕〔图片〕〔视频〕〔关注〕〔取消关注〕 alone for what is no text. `play` returns the transcript as it went.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from bot.app import App
from bot.chat.channel import Channel, Recipient, Window
from bot.chat.pictures import Pictures
from bot.chat.reply import Part, Reply
from bot.chat.update import Kind
from bot.cli.transcript import CHANNEL, Said, say_line
from bot.delivery import Delivery
from bot.pacing import SharedPacing
from handlers import FEATURES
from storage.base import NotFound
from storage.members import Grant, Member, Role
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.pictures import jpeg

LINE = re.compile(
    r"(?P<name>[^@×>\s]+)(?:@(?P<at>[^×>\s]+))?(?:×(?:(?P<first>\d+)-)?(?P<last>\d+))?> (?P<text>.*)"
)
REPEATED = re.compile(r"\{(.+?)×(\d+)\}")
ESCAPED = re.compile(r"\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|n|t)")
KINDS = {
    "〔语音〕": Kind.VOICE,
    "〔图片〕": Kind.PICTURE,
    "〔视频〕": Kind.OTHER_MEDIA,
    "〔关注〕": Kind.FOLLOW,
    "〔取消关注〕": Kind.UNFOLLOW,
}
ROLES = {
    "村民": Role.RESIDENT,
    "志愿者": Role.VOLUNTEER,
    "网格员": Role.GRID_WORKER,
    "民情书记": Role.CARE_SECRETARY,
    "第一书记": Role.FIRST_SECRETARY,
    "社区干部": Role.COORDINATOR,
    "儿童主任": Role.CHILD_OFFICER,
    "组织部": Role.COUNTY_OFFICE,
    "管理员": Role.OPERATOR,
}
FEATURE_KEYS = {"心愿": "wishes", "早报": "digests", "政策": "policy"}


class BadTranscript(ValueError):
    """A line that is neither said, nor answered, nor a direction; the message names it."""


@dataclass
class Postman:
    """A channel that takes everything, or nothing."""

    name: str = "simulator"
    taken: list[tuple[Recipient, Part]] = field(default_factory=list)

    def routes(self) -> Sequence[web.RouteDef]:
        return ()

    async def start(self) -> None:
        return

    def ready(self) -> bool:
        return True

    def render(self, to: Recipient, parts: Sequence[Part]) -> Sequence[Part]:
        return parts

    def windows(self, to: Recipient) -> Sequence[Window]:
        return ()

    async def send(self, to: Recipient, message: Part, *, key: str) -> str:
        self.taken.append((to, message))
        return ""

    async def close(self) -> None:
        return


class Camera:
    """A terminal on which people can send a picture."""

    name = CHANNEL

    async def picture(self, media: str) -> bytes:
        return jpeg()


class Player:
    """Plays one transcript on an app of its own, whose clock it sets."""

    def __init__(self, app: App, clock: FrozenClock) -> None:
        self._app = app
        self._clock = clock
        self._last: Callable[[], Awaitable[Said]] | None = None

    async def play(self, script: str) -> str:
        """The transcript with the answers as they are now. Raises `BadTranscript`."""
        played: list[str] = []
        for line in script.splitlines():
            if not line.strip() or line.startswith("# "):
                played.append(line)
            elif line.startswith("@ "):
                self._set_clock(line[2:].strip())
                played.append(line)
            elif line.startswith("= "):
                played += [line, *await self._direct(line[2:].strip())]
            elif line.startswith(("bot>", "bot→", "  ")) or line == "(silence)":
                continue
            elif said := LINE.fullmatch(line):
                played += [line, *await self._say(said)]
            else:
                raise BadTranscript(line)
        return "\n".join(played) + "\n"

    def _set_clock(self, moment: str) -> None:
        day = "" if " " in moment else f"{self._clock.now().date().isoformat()} "
        self._clock.set(day + moment)

    async def _say(self, line: re.Match[str]) -> list[str]:
        speaker, group_id = await self._app.database.run(stage, line["name"], line["at"])
        names = {member.name for member in await self._app.database.read(lambda uow: uow.members.all())}
        last = int(line["last"] or 1)
        said = Said("", "")
        for number in range(int(line["first"] or 1), last + 1):
            key = self._clock.token(8).hex()
            kind = KINDS.get(line["text"], Kind.TEXT)
            text = _spoken(line["text"], number) if kind is Kind.TEXT else ""
            media = "picture" if kind is Kind.PICTURE else ""
            self._last = partial(
                say_line, self._app, speaker, group_id, text, names, key=key, kind=kind, media=media
            )
            said = await self._last()
        return _answered(said)

    async def _direct(self, direction: str) -> list[str]:
        name, *words = direction.split()
        if name not in DIRECTIONS:
            raise BadTranscript(f"= {direction}")
        return await DIRECTIONS[name](self, *words)

    async def tick(self, *features: str) -> list[str]:
        """Run every scheduled job once, or those about the things named; what it queued is shown."""
        keys = {FEATURE_KEYS[name] for name in features} or {feature.key for feature in FEATURES}
        before = await self._app.database.read(_queued)
        for feature in FEATURES:
            for job in feature.jobs.values() if feature.key in keys else ():
                await job(self._app.database, self._clock, self._app.services)
        after = await self._app.database.read(_queued)
        return [line for row_id in sorted(after.keys() - before.keys()) for line in _shown(*after[row_id])]

    async def deliver(self) -> list[str]:
        """Everything queued reaches whom it is for."""
        await self._delivery({"simulator": Postman()}).send_due()
        return []

    async def fail_to_deliver(self) -> list[str]:
        """Nothing queued can be delivered now: no channel leads to anybody."""
        await self._delivery({}).send_due()
        return []

    def _delivery(self, channels: Mapping[str, Channel]) -> Delivery:
        database = self._app.database
        return Delivery(database, channels, self._clock, SharedPacing(database))

    async def repeat(self) -> list[str]:
        """The platform delivers the last message once more."""
        if self._last is None:
            raise BadTranscript("nothing was said yet")
        return _answered(await self._last())

    async def take_pictures(self) -> list[str]:
        """From here on people can send pictures where they speak."""
        self._app.services[Pictures].open([Camera()])
        return []

    async def invite(self, code: str, role: str, place: str, name: str | None = None) -> list[str]:
        """A one-time code stands for a role in a place, for a week."""

        def keep(uow: UnitOfWork) -> None:
            grant = Grant(ROLES[role], uow.places.named(place).id)
            uow.invites.add(code, grant, name=name, member_id=None, days=7)

        await self._app.database.run(keep)
        return []

    async def appoint(self, name: str, role: str, place: str) -> list[str]:
        """Somebody holds a role for a place; they are added if there is nobody of the name."""

        def grant(uow: UnitOfWork) -> None:
            at = uow.places.named(place).id
            known = uow.members.named(name)
            member = known[0] if known else uow.members.add(name, place_id=at)
            uow.members.grant(member.id, Grant(ROLES[role], at))

        await self._app.database.run(grant)
        return []


DIRECTIONS: dict[str, Callable[..., Awaitable[list[str]]]] = {
    "定时": Player.tick,
    "送出": Player.deliver,
    "送不到": Player.fail_to_deliver,
    "重发": Player.repeat,
    "邀请码": Player.invite,
    "任命": Player.appoint,
    "能收照片": Player.take_pictures,
}


def stage(uow: UnitOfWork, name: str, at: str | None) -> tuple[Member, int | None]:
    """Who speaks, and in which group."""
    group = None
    if at is not None:
        try:
            group = uow.groups.named(at)
        except NotFound:
            group = None
    place = at if group is None else None
    found = [member for member in uow.members.named(name) if place is None or member.place == place]
    if len(found) > 1:
        raise BadTranscript(f"several are called {name}")
    if found:
        return found[0], group.id if group else None
    home = uow.places.named(place).id if place else group.place_id if group else None
    return uow.members.add(name, place_id=home), group.id if group else None


def _spoken(text: str, number: int) -> str:
    text = REPEATED.sub(lambda found: found[1] * int(found[2]), text.replace("{n}", str(number)))
    return ESCAPED.sub(lambda found: found[0].encode().decode("unicode_escape"), text)


def _answered(said: Said) -> list[str]:
    lines = [line for to, text in said.replies for line in _shown("" if to == said.here else to, text)]
    return lines or ["(silence)"]


def _shown(to: str, text: str) -> list[str]:
    """An answer as the transcript writes it."""
    head = f"bot→{to}> " if to else "bot> "
    lines: list[str] = []
    for part in text.split("\n\n"):
        first, *more = part.split("\n")
        lines += [head + first, *(f"  {line}" for line in more)]
    return lines


def _queued(uow: UnitOfWork) -> dict[int, tuple[str, str]]:
    """Everything in the outbox that no message caused: whom it is for, and its words."""
    rows: dict[int, tuple[str, str]] = {}
    for row in uow.outbox.caused_by("", ""):
        target = (
            uow.groups.get(row.to.group_id).name
            if row.to.group_id
            else uow.members.get(row.to.member_id or 0).name
        )
        rows[row.id] = (target, Reply.from_json(row.body).plain())
    return rows
