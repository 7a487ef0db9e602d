"""Entering local values: what a keeper or the operator writes, checked, kept and audited."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.chat import public
from handlers.policy.local import phrases
from knowledge.folding import fold
from storage.base import NotFound
from storage.local_values import LocalValue, NewValue
from storage.members import Member, Role
from storage.places import SeveralNamed
from storage.uow import UnitOfWork

LONGEST = 100
"""Characters of what an amount is called, of the amount, of its document."""


def enter(uow: UnitOfWork, new: NewValue, *, actor: str) -> tuple[LocalValue, LocalValue | None]:
    """Keep a value; returns it, and the one it corrects. Both stand in the audit."""
    public.check(new.what, new.value, new.document)
    before = uow.local_values.standing(new)
    kept = uow.local_values.get(uow.local_values.put(new))
    if before is None or phrases.local_value(before) != phrases.local_value(kept):
        uow.audit.add(
            actor=actor, action="local_value", subject=f"local_value:{kept.id}",
            before=phrases.local_value(before) if before else "", after=phrases.local_value(kept),
        )  # fmt: skip
    return kept, before


def remove(uow: UnitOfWork, value_id: int, *, actor: str, by: Member | None = None) -> LocalValue:
    """Take a value out. Raises `NoSuchValue`; `NotYourPlace` when `by` has no say there."""
    try:
        gone = uow.local_values.get(value_id)
    except NotFound:
        raise phrases.NoSuchValue(value_id) from None
    if by is not None:
        _may(uow, by, gone.place_id)
    uow.local_values.remove(value_id)
    uow.audit.add(
        actor=actor, action="remove", subject=f"local_value:{gone.id}",
        before=phrases.local_value(gone), after="removed",
    )  # fmt: skip
    return gone


def listed(uow: UnitOfWork, by: Member) -> tuple[list[LocalValue], date]:
    """What holds where this keeper has a say, from the places above and below too; and the day it is looked at."""
    mine = {place for place, _ in _offices(by)}
    places = {above for place in mine for above in uow.places.line(place)} | uow.places.below(mine)
    return uow.local_values.at(places), uow.now.date()


def enter_as(uow: UnitOfWork, said: "Said", *, by: Member) -> tuple[LocalValue, LocalValue | None]:
    """A keeper's own entry: for the place they answer for, or one below it. Raises `NotYourPlace`."""
    if said.place:
        try:
            place_id = uow.places.named(said.place).id
        except SeveralNamed as error:
            raise phrases.several_places(said.place, error.choices) from None
        except NotFound:
            raise phrases.no_such_place(said.place) from None
        _may(uow, by, place_id)
    else:
        place_id = next((place for place, _ in _offices(by)), 0)
        if not place_id:
            raise phrases.no_place_of_yours()
    return enter(uow, new_value(said, place_id), actor=f"member:{by.id}")


def new_value(said: "Said", place_id: int) -> NewValue:
    """What is written, for a place: in force from the document's day where no other is given."""
    first = said.effective or said.issued
    return NewValue(said.what, said.value, place_id, said.document, said.issued, first, said.expires)


def _offices(by: Member) -> list[tuple[int, Role]]:
    roles = (Role.COUNTY_OFFICE, Role.OPERATOR, Role.COORDINATOR)
    grants = [(grant.place_id, grant.role) for grant in by.grants if grant.role in roles and grant.place_id]
    return sorted(grants, key=lambda grant: roles.index(grant[1]))


def _may(uow: UnitOfWork, by: Member, place_id: int) -> None:
    if place_id not in uow.places.below(place for place, _ in _offices(by)):
        raise phrases.NotYourPlace(uow.places.get(place_id).name)


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as it is written in chat or in a row of a table. `place`: "" for the writer's own."""

    what: str
    value: str
    document: str
    issued: date
    effective: date | None = None
    expires: date | None = None
    place: str = ""


_DAY = r"(?:\d{4}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?|\d{4}\s*[-./年]\s*\d{1,2}\s*月?)"
_NAME = re.compile(r"\s*(?P<what>[^：:=\s]{2,}?)\s*(?:[：:=]|\s)\s*(?P<value>\S.*)", re.DOTALL)
_SOURCE = re.compile(
    rf"[（(，,；;。\s]*依据\s*[:：]?\s*《(?P<document>[^《》]+)》\s*[，,（(]?\s*(?P<issued>{_DAY})"
    r"(?:\s*(?:发布|公布|印发|发))?\s*[)）]?"
)
_FIRST = re.compile(rf"[，,；;。\s]*(?:自|从)?\s*(?P<day>{_DAY})\s*起(?:执行|施行|实行)?")
_LAST = re.compile(rf"[，,；;。\s]*(?:有效期|执行)?\s*(?:至|到)\s*[:：]?\s*(?P<day>{_DAY})(?:为?止)?")
_WHERE = re.compile(r"[，,；;。\s]*(?:地方|适用|地点)\s*[:：]\s*(?P<place>[^\s，,；;。)）]+)")
_CLOSING = re.compile(r"[)）。；;，,\s]*")


def removal(text: str) -> int | None:
    """The number in 删除 3; None when the words are an entry."""
    found = re.fullmatch(r"(?:删除?|撤销|去掉)\s*[#＃]?\s*(\d{1,9})\s*号?", fold(text).strip())
    return int(found[1]) if found else None


def said_value(text: str) -> Said:
    """An entry from a keeper's words. Raises `BadInput`.

    >>> said_value("农村低保标准 每人每月760元 依据《低保标准通知》2025年7月1日 至2026-06-30")  # doctest: +ELLIPSIS
    Said(what='农村低保标准', value='每人每月760元', document='低保标准通知', issued=...(2025, 7, 1), ...)
    """
    text = fold(text)
    source = _SOURCE.search(text)
    if source is None:
        raise phrases.value_unread()
    named = _NAME.fullmatch(text[: source.start()])
    if named is None:
        raise phrases.value_unread()
    rest, found = text[source.end() :], {}
    for name, pattern in (("effective", _FIRST), ("expires", _LAST), ("place", _WHERE)):
        if part := pattern.search(rest):
            found[name] = part[1]
            rest = rest[: part.start()] + rest[part.end() :]
    if _CLOSING.fullmatch(rest) is None:
        raise phrases.value_not_understood(rest.strip())
    return checked({**named.groupdict(), **source.groupdict(), **found})


def checked(said: Mapping[str, str]) -> Said:
    """An entry from its fields, by the names of `Said`, as people write them. Raises `BadInput`."""
    texts = {
        "what": "".join(fold(said["what"]).split()),
        "value": " ".join(fold(said["value"]).split()).strip("，,；;。 "),
        "document": fold(said["document"]).strip().strip("《》"),
    }
    for name, text in texts.items():
        if not text or len(text) > LONGEST:
            raise phrases.value_field(name, LONGEST)
    issued = _day(said["issued"], "issued")
    effective, expires = said.get("effective", "").strip(), said.get("expires", "").strip()
    first = _day(effective, "effective") if effective else None
    last = _day(expires, "expires", end=True) if expires else None
    if last is not None and last < (first or issued):
        raise phrases.value_ends_before_it_starts()
    return Said(**texts, issued=issued, effective=first, expires=last, place=said.get("place", "").strip())


def _day(text: str, field: str, *, end: bool = False) -> date:
    """2025-07-01, 2025年7月1日; of a month alone its first day, or its last one as an `end`."""
    numbers = [int(number) for number in re.findall(r"\d{1,4}", fold(text))]
    try:
        if len(numbers) == 2:
            year, month = numbers
            if not end:
                return date(year, month, 1)
            after = date(year + month // 12, month % 12 + 1, 1)
            return date.fromordinal(after.toordinal() - 1)
        return date(*numbers[:3]) if len(numbers) == 3 else date(0, 0, 0)
    except (ValueError, OverflowError):
        raise phrases.value_day(field, text) from None
