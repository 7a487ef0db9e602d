"""News of the knowledge base as items: documents that came or changed, and what begins or ends within the week."""

import hashlib
from datetime import date, timedelta

from handlers.digests import phrases
from handlers.digests.calendar import Calendar
from knowledge.passage import CARD, REPEALED
from storage.digests import Item
from storage.documents import StoredDocument
from storage.uow import UnitOfWork

NEWS_FOR = timedelta(days=14)
"""How long a document that came or changed is news."""

JOB = "digest_news"

AHEAD = timedelta(days=7)
"""How long before it begins or ends a text is told of."""


def _slot(uow: UnitOfWork) -> str:
    return f"{uow.now.date().isoformat()}:{uow.documents.revision()}"


def unshelved(uow: UnitOfWork) -> bool:
    """Whether the day, or a change of the base, is not looked at yet."""
    return not uow.ticks.taken(JOB, _slot(uow))


def shelve_news(uow: UnitOfWork, calendar: Calendar) -> bool:
    """Put what is new on the shelf, once a day and once for each change of the base; whether it was ours to do.

    What has been replaced or has ended is no news; of several, the youngest text comes first.
    """
    today = uow.now.date()
    if not uow.ticks.take(JOB, _slot(uow)):
        return False
    imported = uow.documents.imported_since(uow.now - NEWS_FOR)
    news: list[tuple[date, Item]] = []
    turning: list[Item] = []
    for document in uow.documents.standing():
        if document.kind == CARD or document.status == REPEALED:
            continue
        turning += _turning(document, today)
        starts = max(document.issued or date.min, document.effective or date.min)
        if document.source in imported and (starts > today or calendar.holds(document.source, today)):
            at, changed = imported[document.source]
            news.append((starts, _new(document, at.astimezone(uow.now.tzinfo).date(), changed=changed)))
    news.sort(key=lambda row: (row[0], row[1].key), reverse=True)
    uow.digests.put_items([*turning, *(item for _, item in news)])
    return True


def _new(document: StoredDocument, day: date, *, changed: bool) -> Item:
    name = hashlib.sha256(document.source.encode()).hexdigest()[:10]
    return Item(
        f"doc-{name}-{document.digest[:8]}", "policy", phrases.new_document(document.title, changed=changed),
        phrases.about(document), "", day, region=document.region,
        until=day + NEWS_FOR, why=phrases.why_new(changed=changed),
    )  # fmt: skip


def _turning(document: StoredDocument, today: date) -> list[Item]:
    """The text takes effect, or ends, within the week."""
    name = hashlib.sha256(document.source.encode()).hexdigest()[:10]
    days = (("from", document.effective), ("until", document.expires))
    return [
        Item(
            f"rule-{name}-{end}-{day.isoformat()}", "rule",
            phrases.turning(document.title, day, ends=end == "until"), phrases.about(document),
            "", today, region=document.region, until=day,
            why=phrases.why_turning(ends=end == "until"),
        )
        for end, day in days
        if day is not None and today <= day <= today + AHEAD
    ]  # fmt: skip
