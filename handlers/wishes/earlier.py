"""Wishes of an earlier version, whose register told more than today's: made like those of today, once.

It held the words as they were typed at first, later words that told names of families, ages and illnesses. Public
words stay in the register, the words as typed go to the details; of what ended long enough ago they go
altogether. Begun again after a stop, and by two processes at once, it does nothing twice.
"""

import logging
from contextlib import suppress

from handlers.wishes import rules
from handlers.wishes.guess import guess
from handlers.wishes.words import keep, public, public_note, unseen
from storage.base import Conflict
from storage.database import Database
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Status, Wish

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Wishes of one transaction."""

_DONE, _AS_OF = "wish_words", "settled with contacts"
"""The detail that says that all of them are settled by the rules of today: what is logged since is public already.

A rule that hides more than before gets another name for the field, and all are settled once more.
"""


def settle(database: Database, at_once: int = AT_ONCE) -> int:
    """Returns how many wishes had words that are not for everybody."""
    if database.read_now(lambda uow: _AS_OF in uow.details.fields(_DONE)):
        return 0
    last, changed = 0, 0
    while numbers := database.run_now(_settle_some, last, at_once):
        last = max(numbers)
        changed += sum(numbers.values())
    with suppress(Conflict):  # another process came to the end in the same moment
        database.run_now(lambda uow: uow.details.keep(_DONE, _AS_OF, str(last)))
    if changed:
        log.info("wish_words_settled", extra={"wishes": changed})
    return changed


def _settle_some(uow: UnitOfWork, after: int, at_once: int) -> dict[int, bool]:
    return {wish.no: _settle(uow, wish) for wish in uow.wish_words.lock_after(after, at_once)}


def _settle(uow: UnitOfWork, wish: Wish) -> bool:
    known = guess(wish.content, wish.logged_at.astimezone(uow.now.tzinfo).date())
    band, contact = wish.age_band or known.age_band, unseen(uow, wish).contact
    notes = {event.id: event.note for event in uow.wishes.history(wish.no) if event.note}
    typed = {"content": wish.content} | {f"note:{event}": note for event, note in notes.items()}
    shown = {field: public_note(wish.content, words, band, contact) for field, words in typed.items()}
    shown["content"] = public(wish.content, band, contact)
    for_few = {field for field in typed if typed[field] != shown[field]}
    uow.wish_words.reword(
        wish.no,
        content=shown["content"],
        note=public_note(wish.content, wish.note, band, contact),
        notes={event: shown[f"note:{event}"] for event in notes},
        setting={
            "age_band": band.value,
            "kind": (wish.kind or known.kind).value,
            "consent": _consent(wish, band).value,
        },
    )
    if uow.wish_words.wipe(wish.no, uow.now - rules.KEPT_AFTER_CLOSING):
        return bool(for_few)
    for field in for_few - set(uow.details.fields(f"wish:{wish.no}")):
        keep(uow, wish.no, field, typed[field], shown[field])
    return bool(for_few)


def _consent(wish: Wish, band: AgeBand) -> Consent:
    """Of a child's wish that nobody has verified yet, the guardian is asked as of any other."""
    asked = wish.status is Status.PENDING and band is AgeBand.CHILD and wish.consent is Consent.NOT_NEEDED
    return Consent.NEEDED if asked else wish.consent
