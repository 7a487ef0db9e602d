"""`kb list`, `kb show`, `kb set`, `kb check`: what is known of documents, corrected, and what has gone stale."""

from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import east_asian_width

import typer

from bot.cli.session import AsJson, Failure, Office, note, office, out, out_json
from bot.phrases import curation as say

if TYPE_CHECKING:
    from knowledge.catalogue import Entry
    from storage.documents import StoredDocument
    from storage.uow import UnitOfWork

LONGEST = 200
"""Characters of a title, an office or a number."""

_SHOWN = 20
"""Findings of one kind that are printed for a person."""

Source = Annotated[str, typer.Argument(help=say.SOURCE)]


def list_documents(as_json: AsJson = False) -> None:
    """Every document that stands."""
    with office() as desk:
        rows = desk.database.read_now(lambda uow: uow.documents.all())
    found = [_document_object(document, passages) for document, passages in rows]
    if as_json:
        out_json(found)
        return
    for row in found:
        out(say.document_line(row))


def show(source: Source, as_json: AsJson = False) -> None:
    """What is known of one document."""
    with office() as desk:
        _tell(desk.database.read_now(_standing, source), as_json)


def change(
    source: Source,
    *,
    title: Annotated[str | None, typer.Option(help=say.TITLE)] = None,
    issuer: Annotated[str | None, typer.Option(help=say.ISSUER)] = None,
    number: Annotated[str | None, typer.Option(help=say.NUMBER)] = None,
    region: Annotated[str | None, typer.Option(help=say.REGION)] = None,
    issued: Annotated[str | None, typer.Option(help=say.ISSUED)] = None,
    effective: Annotated[str | None, typer.Option(help=say.EFFECTIVE)] = None,
    expires: Annotated[str | None, typer.Option(help=say.EXPIRES)] = None,
    status: Annotated[str | None, typer.Option(help=say.STATUS)] = None,
    superseded_by: Annotated[str | None, typer.Option(help=say.SUPERSEDED_BY)] = None,
    as_json: AsJson = False,
) -> None:
    """Say better what a text says of itself; an empty value goes back to what it says."""
    given = {
        "title": title, "issuer": issuer, "number": number, "region": region, "issued": issued,
        "effective": effective, "expires": expires, "status": status, "superseded_by": superseded_by,
    }  # fmt: skip
    if all(value is None for value in given.values()):
        raise typer.BadParameter(say.NOTHING_TO_SET)
    changes = {name: kept(name, value) for name, value in given.items() if value is not None}
    with office() as desk:
        row = desk.database.run_now(_correct, source, changes)
        library = desk.library()
        if (instead := changes.get("superseded_by")) and not library.index.documents().named(instead):
            note(say.UNKNOWN_SUCCESSOR.format(name=instead))
    if not as_json:
        out(say.CORRECTED.format(source=source))
    _tell(row, as_json)


def check(as_json: AsJson = False) -> None:
    """Rule watch. Finding something is no failure."""
    with office() as desk:
        found = _watch_object(desk)
    if as_json:
        out_json(found)
        return
    for kind, rows in found.items():
        if rows:
            out(say.heading(kind, len(rows)))
            for line in aligned([say.COLUMNS[kind], *(say.cells(kind, row) for row in rows[:_SHOWN])]):
                out(f"  {line}")
            if len(rows) > _SHOWN:
                out(say.more(len(rows) - _SHOWN))
    if not any(found.values()):
        out(say.ALL_CLEAN)


def kept(name: str, text: str) -> str | None:
    """An option's value as it is kept; None takes a correction back. Raises `Failure`.

    >>> kept("number", "民发[2021] 57号"), kept("region", "山东省/金乡县"), kept("expires", "长期"), kept("title", "")
    ('民发〔2021〕57号', '金乡', '', None)
    """
    from knowledge.lexicon import bare_place
    from knowledge.numbering import number_in

    text = " ".join(text.split())
    if not text:
        return None
    if len(text) > LONGEST:
        raise Failure(say.TOO_LONG.format(name=say.FIELDS[name], most=LONGEST))
    match name:
        case "number":
            return number_in(text) or text
        case "region":
            return "" if text == say.NATIONWIDE else bare_place(text.rpartition("/")[2])
        case "issued" | "effective" | "expires":
            return "" if name == "expires" and text == say.NO_END else _day(text).isoformat()
        case "status":
            known = say.STATUSES | {value: value for value in say.STATUSES.values()}
            if text not in known:
                raise Failure(say.BAD_STATUS.format(text=text))
            return known[text]
        case "superseded_by":
            return text.removeprefix("《").removesuffix("》")
    return text


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows as lines whose columns stand under one another; a Chinese sign is two wide.

    >>> list(aligned([("编号", "问"), ("#1", "路灯")]))
    ['编号  问', '#1    路灯']
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _day(text: str) -> date:
    from knowledge.ingest.labels import days

    found = days(text)
    if len(found) != 1:
        raise Failure(say.BAD_DAY.format(text=text))
    return found[0]


def _correct(uow: "UnitOfWork", source: str, changes: dict[str, str | None]) -> dict[str, Any]:
    from handlers.members.roster import ACTOR
    from handlers.policy.library import correct
    from knowledge.passage import CARD

    before = _standing(uow, source)
    if before["kind"] == CARD:
        raise Failure(say.CARDS_HAVE_NONE.format(source=source))
    if changes.get("superseded_by") and changes["superseded_by"] in (source, before["title"]):
        raise Failure(say.ITSELF)
    after = correct(uow, source, changes, by=ACTOR)
    if after.expires and after.effective and after.expires < after.effective:
        raise Failure(say.ENDS_BEFORE_IT_BEGINS.format(expires=after.expires, effective=after.effective))
    return _document_object(after, before["passages"])


def _standing(uow: "UnitOfWork", source: str) -> dict[str, Any]:
    known = {document.source: (document, passages) for document, passages in uow.documents.all()}
    if source not in known:
        near = get_close_matches(source, known, n=3, cutoff=0.5)
        hint = say.NEAREST.format(names=say.listed(near)) if near else ""
        raise Failure(say.NO_SUCH_SOURCE.format(source=source, near=hint))
    return _document_object(*known[source])


def _tell(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        out_json(row)
        return
    for line in aligned(say.details(row)):
        out(f"  {line}")


def _document_object(document: "StoredDocument", passages: int) -> dict[str, Any]:
    """`corrected`: what the operator said better, with what the text says."""
    return {
        "source": document.source,
        "title": document.title,
        "kind": document.kind,
        "issuer": document.issuer,
        "number": document.number,
        "issued": document.issued,
        "effective": document.effective,
        "expires": document.expires,
        "region": document.region,
        "status": document.status,
        "superseded_by": document.superseded_by,
        "corrected": document.corrected,
        "passages": passages,
    }


def _watch_object(desk: Office) -> dict[str, list[dict[str, Any]]]:
    from handlers.policy.local.values import run_out
    from handlers.policy.watching.use_cases import watch

    library, today = desk.library(), desk.clock.now().date()
    found = desk.database.read_now(watch, library, today)
    entered = desk.database.read_now(lambda uow: uow.local_values.all())
    faults = library.own.faults if library.own else ()
    return {
        "expired": [_ends(entry) for entry in found.expired],
        "expiring": [_ends(entry) for entry in found.expiring],
        "superseded": [
            {"source": each.old.source, "document": each.old.title, "by": each.by} for each in found.replaced
        ],
        "coming": [
            {"source": entry.source, "document": entry.title, "effective": entry.starts}
            for entry in found.coming
        ],
        "unreviewed": [
            {
                "card": each.card.id,
                "document": each.card.title,
                "reviewed": each.card.reviewed,
                "review": each.card.review,
                "unfounded": each.unfounded,
                "changed": each.changed,
            }
            for each in found.cards
        ],
        "unanswered": [
            {
                "no": each.no,
                "question": each.text,
                "times": each.times,
                "last": each.last.astimezone(desk.clock.zone),
            }
            for each in found.unanswered
        ],
        "local_values": [
            {"no": each.id, "what": each.what, "place": each.place, "expires": each.expires}
            for each in run_out(entered, today)
        ],
        "lexicon": [{"file": each.file, "line": each.line, "fault": each.sentence} for each in faults],
    }


def _ends(entry: "Entry") -> dict[str, Any]:
    return {"source": entry.source, "document": entry.title, "expires": entry.expires}
