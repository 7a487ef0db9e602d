"""A county's own list of wishes: each row is a new one, logged in the name of who brings it in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.moderation import NotHere, WordLists
from handlers.wishes import rules
from handlers.wishes.guess import Guess, age_band_of, guess
from handlers.wishes.sheets import phrases
from handlers.wishes.sheets.faults import Fault
from handlers.wishes.sheets.lines import Reader, Step, Taken, WishLine
from handlers.wishes.use_cases import enter, joined
from handlers.wishes.words import public
from knowledge.folding import fold
from storage.members import Member, Role
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import Consent, Kind, Urgency, Wish


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is to become a wish. `shown`: the words for everybody; `contact`: how to reach whom it is for."""

    content: str
    shown: str
    known: Guess
    place_id: int
    contact: str
    proposed: datetime | None


def read_list(
    uow: UnitOfWork,
    lines: Sequence[WishLine],
    *,
    by: Member,
    given: Collection[str],
    words: WordLists,
    step: Step,
) -> tuple[Taken, list[Entry]]:
    """What is in the list, and what of it is new: a row that is a wish of the register already changes nothing.

    `given`: the fields the sheet has columns for. Without one for the place, every wish is of the place of `by`.
    """
    reader, known, taken = Reader(uow), _Known(uow), Taken()
    entries: list[Entry] = []
    for done, line in enumerate(lines, start=1):
        reader.turn_to(line)
        entry = _read(reader, by, given, words)
        if entry is None or reader.problems:
            taken.problems += reader.problems
        elif known.has(entry):
            taken.rows[line.number] = "same"
        else:
            taken.rows[line.number] = "added"
            entries.append(entry)
        step(done, len(lines))
    return taken, entries


def log_all(uow: UnitOfWork, entries: Iterable[Entry], *, by: Member) -> None:
    """Log each, as its command would; child officers learn in one message of all that need a guardian."""
    children: dict[int, list[int]] = {}
    for entry in entries:
        wish = enter(
            uow,
            entry.content,
            entry.shown,
            entry.known,
            by=by,
            place_id=entry.place_id,
            contact=entry.contact,
        )
        if entry.proposed is not None:
            uow.wish_intake.proposed(wish.no, entry.proposed)
        if wish.consent is Consent.NEEDED:
            children.setdefault(entry.place_id, []).append(wish.no)
    if children:
        _tell_child_officers(uow, children, by)


def _read(reader: Reader, by: Member, given: Collection[str], words: WordLists) -> Entry | None:
    content = reader.text("content")
    if not content:
        reader.note("content", Fault.NO_CONTENT)
    elif len(content) > rules.LONGEST:
        reader.note("content", Fault.TOO_LONG, str(len(content)))
    else:
        try:
            words.admit(content)
        except NotHere:
            reader.note("content", Fault.NOT_ADMITTED)
    place_id = reader.place() if "place" in given else by.place_id
    if place_id is None:
        reader.note("place", Fault.NO_PLACE)
    if reader.text("status") not in phrases.NEW:
        reader.note("status", Fault.NOT_NEW, reader.text("status"))
    kind = reader.word("kind", phrases.kinds(), Fault.UNKNOWN_WISH_KIND)
    urgency = reader.word("urgency", phrases.urgencies(), Fault.UNKNOWN_URGENCY)
    said = phrases.BETWEEN.join((content, reader.text("whom"), reader.text("remark")))
    band = reader.age_band() or age_band_of(fold(said))
    wanted_by = reader.day("wanted_by")
    proposed = reader.moment("proposed")
    if proposed and proposed > reader.now:
        reader.note("proposed", Fault.AHEAD, reader.text("proposed"))
    if place_id is None:
        return None
    told = Guess(kind or Kind.UNKNOWN, band, urgency or Urgency.NORMAL, wanted_by)
    known = joined(told, guess(content, reader.now.date()))
    contact = phrases.BETWEEN.join(filter(None, (reader.text(key) for key in ("person", "phone", "address"))))
    shown = public(content, known.age_band, contact)
    return Entry(content, shown, known, place_id, contact, proposed)


class _Known:
    """The wishes of the register, each of which is one row of the sheet at most."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._wishes: dict[tuple[int | None, str], list[Wish]] = {}
        for wish in uow.wishes.all():
            self._wishes.setdefault((wish.place_id, wish.content), []).append(wish)

    def has(self, entry: Entry) -> bool:
        """Whether one is of the same place, words, person and day; that one then stands for no other row."""
        alike = self._wishes.get((entry.place_id, entry.shown), [])
        found = next((wish for wish in alike if self._same(wish, entry)), None)
        if found is not None:
            alike.remove(found)
        return found is not None

    def _same(self, wish: Wish, entry: Entry) -> bool:
        if (
            entry.proposed is not None
            and entry.proposed.date() != wish.logged_at.astimezone(entry.proposed.tzinfo).date()
        ):
            return False
        held = self._uow.details.read(f"wish:{wish.no}", by="system", own=True)
        if not held and wish.closed_at is not None and entry.proposed is not None:
            return True  # its details were wiped, and of place, words and day it is the same
        return (held.get("content", wish.content), held.get("contact", "")) == (entry.content, entry.contact)


def _tell_child_officers(uow: UnitOfWork, children: dict[int, list[int]], by: Member) -> None:
    for member in uow.members.all():
        numbers = [
            no
            for place_id, found in children.items()
            if member.holds([Role.CHILD_OFFICER], uow.places.line(place_id))
            for no in found
        ]
        if numbers and member.id != by.id:
            text = phrases.to_child_officer_of_many(sorted(numbers))
            uow.outbox.add(Target(member_id=member.id), text.to_json())
