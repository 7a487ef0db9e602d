"""`digest import` and `digest feed`: articles from files and from feeds become items of the digest."""

import asyncio
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.phrases import articles as say

if TYPE_CHECKING:
    from datetime import tzinfo

    from handlers.digests.articles.rules import Draft
    from handlers.digests.articles.use_cases import Report
    from storage.feeds import FeedState

TABLES = (".xlsx", ".csv", ".jsonl")

feed = typer.Typer(help=say.FEED, no_args_is_help=True)

Numbers = Annotated[list[int], typer.Argument(help=say.NUMBERS)]


def import_articles(
    files: Annotated[list[Path], typer.Argument(help=say.IMPORT_FILES)],
    kind: Annotated[str | None, typer.Option(help=say.IMPORT_KIND)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say.DRY_RUN)] = False,
    as_json: AsJson = False,
) -> None:
    """Each article and what became of it; importing the same again changes nothing."""
    from handlers.digests.articles.use_cases import Outcome, Report, put
    from handlers.members.roster import ACTOR

    drafts: list[Draft] = []
    unread: list[Report] = []
    with office() as desk:
        for file in files:
            try:
                drafts += _drafts(file, kind)
            except _Unread as error:
                unread.append(Report(file.name, "", Outcome.REFUSED, str(error)))
        reports = desk.database.run_now(lambda uow: put(uow, drafts, by=ACTOR, dry=dry_run))
    _tell([*reports, *unread], as_json=as_json, dry=dry_run)


@feed.command("list", help=say.FEED_LIST)
def list_feeds(as_json: AsJson = False) -> None:
    """The feeds of the settings, in their order."""
    with office() as desk:
        addresses = desk.settings.bot_feeds
        states = desk.database.read_now(lambda uow: uow.feeds.states(addresses))
        _tell_states(states, desk.clock.zone, as_json=as_json)


@feed.command("fetch", help=say.FEED_FETCH)
def fetch(as_json: AsJson = False) -> None:
    """Every feed of the settings, one after the other."""
    from bot.app import newsstand
    from handlers.digests.articles.feeds import look

    with office() as desk:
        stand = newsstand(desk.settings)

        async def every() -> list["FeedState"]:
            found = [await look(desk.database, stand, address, anyway=True) for address in stand.addresses]
            return [state for state in found if state is not None]

        _tell_states(asyncio.run(every()), desk.clock.zone, as_json=as_json)


@feed.command("waiting", help=say.FEED_WAITING)
def waiting(as_json: AsJson = False) -> None:
    """What was announced and nobody decided on, the first seen first."""
    with office() as desk:
        entries = desk.database.read_now(lambda uow: uow.feeds.waiting())
    if as_json:
        out_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        out(say.waiting_line(entry.no, entry.feed, entry.title, entry.published))
    if not entries:
        out(say.NONE_WAITING)


@feed.command("take", help=say.FEED_TAKE)
def take(
    numbers: Numbers, kind: Annotated[str, typer.Option(help=say.TAKE_KIND)], as_json: AsJson = False
) -> None:
    """The digest brings them when their turn comes, as it does any item."""
    from handlers.digests.articles import use_cases
    from handlers.members.roster import ACTOR

    with office() as desk:
        reports = desk.database.run_now(lambda uow: use_cases.take(uow, numbers, kind, by=ACTOR))
    if not reports:
        raise Failure(_not_waiting(numbers))
    _tell(reports, as_json=as_json, dry=False)


@feed.command("drop", help=say.FEED_DROP)
def drop(numbers: Numbers) -> None:
    """They are not offered again."""
    from handlers.digests.articles import use_cases
    from handlers.members.roster import ACTOR

    with office() as desk:
        count = desk.database.run_now(lambda uow: use_cases.drop(uow, numbers, by=ACTOR))
    if not count:
        raise Failure(_not_waiting(numbers))
    out(say.DROPPED.format(count=count))


class _Unread(Exception):
    """A file that is no article and no table of them; the message is one sentence."""


def _drafts(file: Path, kind: str | None) -> list["Draft"]:
    """The articles of a file. Raises `_Unread`."""
    from bot.sheets import BadSheet, read_sheet
    from handlers.digests.articles.rules import Draft
    from knowledge.errors import Unreadable
    from knowledge.ingest.article import read_article

    try:
        if file.suffix.lower() in TABLES:
            lines = read_sheet(file, say.COLUMNS, optional=("kind", "source", "why"))
            return [
                Draft(
                    say.ROW.format(file=file.name, number=line.number),
                    line.values.get("kind") or kind or "",
                    line.values["title"],
                    line.values["body"],
                    line.values.get("source", ""),
                    line.values.get("why", ""),
                )
                for line in lines
            ]
        article = read_article(file)
    except (BadSheet, Unreadable) as error:
        raise _Unread(str(error)) from error
    except FileNotFoundError as error:
        raise _Unread(say.NO_FILE) from error
    if kind is None:
        raise _Unread(say.KIND_NEEDED)
    return [Draft(file.name, kind, article.title, article.body, article.source)]


def _tell(reports: "list[Report]", *, as_json: bool, dry: bool) -> None:
    """A line each and a sum; a failure when nothing at all could be taken."""
    counts = Counter(report.outcome.value for report in reports)
    if as_json:
        out_json({"dry_run": dry, "articles": [asdict(report) for report in reports], **counts})
    else:
        for report in reports:
            out(say.report_line(report.where, report.title, report.outcome.value, report.reason))
    summary = say.imported(counts, dry=dry)
    if counts["refused"] == len(reports):
        raise Failure(summary)
    if not as_json:
        out(summary)


def _tell_states(states: "list[FeedState]", zone: "tzinfo", *, as_json: bool) -> None:
    rows = [(state, state.checked_at.astimezone(zone) if state.checked_at else None) for state in states]
    if as_json:
        out_json(
            [
                {
                    "address": state.address,
                    "title": state.title,
                    "checked_at": at and at.isoformat(timespec="seconds"),
                    "problem": state.problem,
                }
                for state, at in rows
            ]
        )
        return
    for state, at in rows:
        out(say.feed_line(state.address, state.title, at, state.problem))
    if not rows:
        out(say.NO_FEEDS)


def _not_waiting(numbers: list[int]) -> str:
    return say.NOT_WAITING.format(numbers="、".join(map(str, numbers)))
