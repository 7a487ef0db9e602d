"""Articles become items of the digest: those of files at once, those of feeds when an editor takes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.digests.articles import phrases
from handlers.digests.articles.rules import LONGEST_TITLE, Draft, Refused, item_of
from storage.digests import Item
from storage.feeds import EntryState, WaitingEntry
from storage.uow import UnitOfWork


class Outcome(StrEnum):
    """What an import did, or would do, with an article."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """Of one article; `reason` is "" unless it was refused."""

    where: str
    title: str
    outcome: Outcome
    reason: str = ""


def put(uow: UnitOfWork, drafts: Sequence[Draft], *, by: str, dry: bool = False) -> list[Report]:
    """Make items of the articles; a report each, in order. `dry`: say what would be done, and do nothing."""
    reports: list[Report] = []
    seen: dict[str, str] = {}
    fresh: list[Item] = []
    for draft in drafts:
        try:
            item = _once(item_of(draft, uow.now.date()), seen)
        except Refused as refused:
            title = " ".join(draft.title.split())[:LONGEST_TITLE]
            reports.append(Report(draft.where, title, Outcome.REFUSED, str(refused)))
            continue
        seen[item.key] = draft.where
        outcome = _outcome(uow.digests.item(item.key), item)
        reports.append(Report(draft.where, item.title, outcome))
        if outcome is not Outcome.SAME:
            fresh.append(item)
    if fresh and not dry:
        uow.digests.put_items(fresh)
        uow.audit.add(actor=by, action="import", subject="digest_item", after=str(len(fresh)))
    return reports


def waiting(uow: UnitOfWork, numbers: Collection[int] | None = None) -> list[WaitingEntry]:
    """What feeds announced and nobody took or dropped yet."""
    return uow.feeds.waiting(numbers)


def take(uow: UnitOfWork, numbers: Collection[int], kind: str, *, by: str) -> list[Report]:
    """Make items of entries that wait; those refused go on waiting."""
    entries = uow.feeds.waiting(numbers)
    reports = put(uow, [_draft(entry, kind) for entry in entries], by=by)
    taken = [
        entry.no
        for entry, report in zip(entries, reports, strict=True)
        if report.outcome is not Outcome.REFUSED
    ]
    uow.feeds.settle(taken, EntryState.TAKEN)
    return reports


def drop(uow: UnitOfWork, numbers: Collection[int], *, by: str) -> int:
    """Let entries go untold; returns how many waited."""
    dropped = uow.feeds.settle(numbers, EntryState.DROPPED)
    if dropped:
        uow.audit.add(actor=by, action="drop", subject="feed_entry", after=str(dropped))
    return dropped


def _draft(entry: WaitingEntry, kind: str) -> Draft:
    body = entry.body or entry.title
    if entry.address:
        body = f"{body}\n{phrases.READ_ON.format(address=entry.address)}"
    return Draft(f"#{entry.no}", kind, entry.title, body, entry.feed)


def _once(item: Item, seen: Mapping[str, str]) -> Item:
    if item.key in seen:
        raise Refused(phrases.SAME_TITLE.format(where=seen[item.key]))
    return item


def _outcome(known: Item | None, item: Item) -> Outcome:
    if known is None:
        return Outcome.NEW
    same = replace(item, added_on=known.added_on, tags=known.tags, region=known.region, until=known.until)
    return Outcome.SAME if same == known else Outcome.CHANGED
