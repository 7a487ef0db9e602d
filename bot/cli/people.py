"""`member` and `place`: who the bot serves, and where."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.channels import ask_official, need_official
from bot.cli.session import AsJson, Failure, Office, office, out, out_json
from bot.phrases import cli as say

if TYPE_CHECKING:
    from bot.sheets import Line
    from handlers.members.roster import Taken
    from storage.places import Place
    from storage.uow import UnitOfWork

members = typer.Typer(help=say.MEMBER, no_args_is_help=True)
places = typer.Typer(help=say.PLACE, no_args_is_help=True)

Table = Annotated[Path, typer.Argument(help=say.TABLE)]

_SHOWN = 20
"""Wrong rows that are named one by one."""


@members.command("list", help=say.MEMBER_LIST)
def list_members(as_json: AsJson = False) -> None:
    """One row a role; a member without one is a resident."""
    from handlers.members.exports import members as rows_of

    with office() as desk:
        rows = desk.database.read_now(rows_of)
    if as_json:
        out_json(rows)
        return
    from bot.chat.phrases import ROLES

    for row in rows:
        out(f"{row['name']}  {ROLES[row['role']]}  {row['place'] or ''}".rstrip())


@members.command("import", help=say.MEMBER_IMPORT)
def import_members(file: Table, as_json: AsJson = False) -> None:
    """All or nothing; again changes nothing."""
    from handlers.members.roster import MemberLine, enrol

    with office() as desk, rows_reported():
        lines = [
            MemberLine(line.number, line.values["name"], line.values["role"], line.values["place"])
            for line in _lines(file, say.MEMBER_COLUMNS)
        ]
        _tell(desk.database.run_now(enrol, lines), as_json)


@members.command("invite", help=say.MEMBER_INVITE)
def invite(
    role: Annotated[str, typer.Option(help=say.ROLE)],
    place: Annotated[str, typer.Option(help=say.PLACE_NAME)],
    name: Annotated[str | None, typer.Option(help=say.MEMBER_NAME)] = None,
    qr: Annotated[bool, typer.Option("--qr", help=say.QR)] = False,
    as_json: AsJson = False,
) -> None:
    """Print a one-time code; only its hash is kept."""
    from bot.chat.phrases import ROLES
    from handlers.members import roster

    granted = roster.role_of(role) if role.strip() else None
    if granted is None:
        raise Failure(say.NO_SUCH_ROLE.format(name=role, choices=say.listed(ROLES.values())))
    with office() as desk, rows_reported():
        if qr:
            need_official(desk)
        token = desk.clock.token(8)
        made = desk.database.run_now(
            lambda uow: roster.invite(uow, token, granted, named_place(uow, place), name)
        )
        until = made.expires_at.astimezone(desk.clock.zone)
        shown = {
            "code": made.code,
            "role": made.role.value,
            "place": made.place,
            "name": made.name,
            "expires_at": until.isoformat(timespec="seconds"),
        }
        ways, fault = _ways_in(desk, made.code) if qr else ({}, "")
    if as_json:
        out_json({**shown, **ways})
    else:
        who = f"{made.name}，" if made.name else ""
        role_name, day = ROLES[made.role.value], f"{until:%Y-%m-%d %H:%M}"
        out(say.INVITED.format(code=made.code, who=who, place=made.place, role=role_name, until=day))
        for way, sentence in (("qr", say.INVITED_BY_CODE), ("link", say.INVITED_BY_LINK)):
            if way in ways:
                out(sentence.format(picture=ways[way], link=ways[way]))
    if fault:
        raise Failure(say.NO_PICTURE.format(fault=fault))


def _ways_in(desk: Office, code: str) -> tuple[dict[str, str], str]:
    """Where the invite's QR code is drawn and its binding page is; and why there is no QR code, if so."""
    from bot.channels.wire.xml import SCENE
    from bot.chat.errors import ChannelError
    from handlers.members.roster import INVITE_DAYS

    url = desk.settings.bot_public_url
    link = {"link": f"{url}/wechat/bind?invite={code}"} if url else {}
    good_for = timedelta(days=INVITE_DAYS)
    try:
        picture = ask_official(desk, lambda api: api.scene_code(f"{SCENE}{code}", good_for=good_for))
    except ChannelError as error:
        return link, error.sentence
    return {"qr": picture, **link}, ""


@places.command("add", help=say.PLACE_ADD)
def add_place(
    name: Annotated[str, typer.Argument(help=say.PLACE_NAME)],
    kind: Annotated[str, typer.Option(help=say.KIND)] = "",
    parent: Annotated[str | None, typer.Option(help=say.PARENT)] = None,
) -> None:
    """Adding one that stands as described changes nothing."""
    from handlers.members.roster import PlaceLine, settle

    with office() as desk, rows_reported():
        if parent is not None:
            desk.database.read_now(named_place, parent)
        made = desk.database.run_now(settle, [PlaceLine(0, name.strip(), kind, parent or "")])
    out((say.PLACE_ADDED if made.added else say.PLACE_KNOWN).format(name=name.strip()))


@places.command("list", help=say.PLACE_LIST)
def list_places(as_json: AsJson = False) -> None:
    """Every place, those above before those below."""
    with office() as desk:
        found = desk.database.read_now(lambda uow: uow.places.all())
    if as_json:
        names = {place.id: place.name for place in found}
        out_json(
            [
                {"name": place.name, "kind": place.kind, "parent": names.get(place.parent_id or 0)}
                for place in found
            ]
        )
        return
    for depth, place in _as_tree(found):
        out("  " * depth + place.name)


@places.command("import", help=say.PLACE_IMPORT)
def import_places(file: Table, as_json: AsJson = False) -> None:
    """All or nothing; parents and children in any order."""
    from handlers.members.roster import PlaceLine, settle

    with office() as desk, rows_reported():
        lines = [
            PlaceLine(
                line.number, line.values["name"], line.values.get("kind", ""), line.values.get("parent", "")
            )
            for line in _lines(file, say.PLACE_COLUMNS, optional=("kind", "parent"))
        ]
        _tell(desk.database.run_now(settle, lines), as_json)


def named_place(uow: "UnitOfWork", name: str) -> "Place":
    """The place of this name; a failure that names the others when there is none."""
    from storage.base import NotFound

    try:
        return uow.places.named(name.strip())
    except NotFound:
        choices = say.listed(place.name for place in uow.places.all()) or say.NONE_YET
        raise Failure(say.NO_SUCH_PLACE.format(name=name, choices=choices)) from None


@contextmanager
def rows_reported() -> Iterator[None]:
    """Turn wrong rows, and tables that cannot be read, into the sentences for them."""
    from bot.sheets import BadSheet
    from handlers.members.roster import BadRows

    try:
        yield
    except BadSheet as error:
        raise Failure(str(error)) from error
    except BadRows as error:
        told = [say.problem(each.number, each.fault.value, each.value) for each in error.problems]
        if error.problems[0].number == 0:
            raise Failure(told[0]) from error
        shown = "\n".join(f"  {sentence}" for sentence in told[:_SHOWN])
        left = f"\n{say.more_problems(len(told) - _SHOWN)}" if len(told) > _SHOWN else ""
        raise Failure(say.ROWS_BAD.format(count=len(told), problems=shown + left)) from error


def _lines(file: Path, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()) -> "list[Line]":
    from bot.sheets import read_sheet

    return read_sheet(file, columns, optional=optional)


def _tell(made: "Taken", as_json: bool) -> None:
    if as_json:
        out_json({"added": made.added, "granted": made.granted, "unchanged": made.unchanged})
    else:
        out(say.taken(made.added, made.granted, made.unchanged))


def _as_tree(found: Sequence["Place"]) -> "Iterator[tuple[int, Place]]":
    """Each place with its depth, below the one above it."""
    below: dict[int | None, list[Place]] = {}
    for place in found:
        below.setdefault(place.parent_id, []).append(place)
    waiting = [(0, place) for place in reversed(below.get(None, []))]
    while waiting:
        depth, place = waiting.pop()
        yield depth, place
        waiting += [(depth + 1, child) for child in reversed(below.get(place.id, []))]
