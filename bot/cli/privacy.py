"""`member erase` and `member export`: what somebody may ask for in writing (PIPL 45, 47)."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.people import named_member, rows_reported
from bot.cli.registers import headings
from bot.cli.session import AsJson, note, office, out, out_json
from bot.phrases import privacy as say
from bot.phrases import registers as words

if TYPE_CHECKING:
    from collections import Counter

    from storage.members import Member
    from storage.uow import UnitOfWork

Who = Annotated[str, typer.Argument(help=say.WHO)]


def erase(
    name: Who,
    yes: Annotated[bool, typer.Option("--yes", help=say.YES)] = False,
    as_json: AsJson = False,
) -> None:
    """What is held is listed; with `--yes` it goes. Either way nobody's words are shown."""
    from handlers.members import privacy
    from handlers.members.roster import ACTOR

    def go(uow: "UnitOfWork") -> "tuple[str, Counter[str]]":
        member = named_member(uow, name)
        counted = privacy.erase(uow, member, actor=ACTOR) if yes else privacy.held(uow, member)
        return member.name, counted

    with office() as desk, rows_reported():
        called, counted = desk.database.run_now(go) if yes else desk.database.read_now(go)
    if as_json:
        out_json({"name": called, "erased": yes, "held": dict(counted)})
        return
    out("\n".join(say.held(called, counted, done=yes)))
    if not yes:
        out(say.NOT_DONE)


def export(name: Who, file: Annotated[Path, typer.Argument(help=say.COPY_FILE)]) -> None:
    """The file appears complete or not at all, readable by its owner alone."""
    from bot.sheets import Heading, write_json_lines, write_sheet
    from handlers.members import privacy
    from handlers.members.roster import ACTOR
    from storage.whole_file import whole_file

    readable = file.suffix.lower() == ".xlsx"

    def copied(uow: "UnitOfWork") -> tuple[str, list[dict[str, Any]]]:
        member = named_member(uow, name)
        rows = privacy.copy(uow, member, actor=ACTOR)
        return member.name, in_words(uow, rows, member) if readable else rows

    if file.suffix.lower() not in {".xlsx", ".jsonl"}:
        raise typer.BadParameter(say.COPY_FILE)
    with office() as desk, rows_reported(), whole_file(file) as raw:
        called, rows = desk.database.run_now(copied)
        told = [{**row, "register": say.TABLES[row["register"]][0]} for row in rows]
        if readable:
            over = {key: Heading(title) for key, title in say.COPY_COLUMNS.items()}
            write_sheet(told, called, raw, desk.clock.zone, over)
        else:
            lines = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
            write_json_lines(told, lines, desk.clock.zone)
            lines.detach()
    note(say.COPIED.format(count=len(rows), file=file))


def in_words(uow: "UnitOfWork", rows: list[dict[str, Any]], member: "Member") -> list[dict[str, Any]]:
    """The copy as its person reads it: items and values in words. Nobody else is named."""
    from handlers.audit.naming import in_words as named
    from handlers.safety.phrases import HARM

    over = headings("wishes")
    places, teams = uow.places.names(), {team.id: team.name or team.number for team in uow.teams.all()}
    groups = {group.id: group.name for group in uow.groups.all()}
    ids: dict[str, Mapping[Any, str]] = {"place_id": places, "group_id": groups, "team_id": teams}
    nouns = words.ACTORS | words.SUBJECTS
    themselves = f"member:{member.id}"
    called: dict[str, Mapping[Any, str]] = {"concern": say.CONCERNS, "matter": HARM, **ids}

    def told(table: str, item: str, value: Any) -> Any:
        if item in _PEOPLE:
            return say.SELF if value == member.id else say.SOMEONE
        if item in ("actor", "subject"):
            return say.SELF if value == themselves else named(value, nouns) or value
        if item in called:
            return called[item].get(value, value)
        if isinstance(value, bool):
            return words.LEADS[value]
        if (table, item) == ("outbox", "status"):
            return words.PUSHES[value]
        grant = _GRANT.fullmatch(value) if item in ("before", "after") else None
        if grant:
            return f"{over['role'].told(grant['role'])}@{places.get(int(grant['place']), grant['place'])}"
        key = "action" if item == "move" else item
        return over[key].told(value) if key in over else value

    return [
        {**row, "item": say.item(row["item"]), "value": told(row["register"], row["item"], row["value"])}
        for row in rows
    ]


_GRANT = re.compile(r"(?P<role>[a-z_]+)@(?P<place>\d+)")
"""A role with its place, as the audit register writes it."""
_PEOPLE = ("member_id", "actor_id", "owner_id", "logged_by", "claimed_by", "given_by")
