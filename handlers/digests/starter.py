"""The digest items that ship with the product: 每日一读 and cases, and its cards as policy items."""

from handlers.digests import phrases
from knowledge.starter import starter_documents
from knowledge.starter.digest import starter_items
from storage.digests import Item
from storage.uow import UnitOfWork


def put_starter_items(uow: UnitOfWork) -> None:
    """Add the shipped items, or bring them up to date."""
    today = uow.now.date()
    items = [Item(item.id, item.kind, item.title, item.body, item.source, today) for item in starter_items()]
    items += [
        Item(
            f"card-{card.id}",
            "policy",
            card.title,
            phrases.unasked(card.answer),
            f"《{card.law}》{card.article or ''}",
            today,
            tags=card.tags,
        )
        for document in starter_documents()
        for passage in document.passages
        if (card := passage.card)
    ]
    uow.digests.put_items(items)
