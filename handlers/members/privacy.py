"""A person's rights over what is held on them: to have it hidden, to have it erased, to have a copy.

PIPL 45 (to consult and copy), 47 (to have deleted). What was done for others stays as a fact without a person.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.chat import phrases as engine
from bot.chat.reply import Reply
from bot.masking import Kind, has_personal_details, hide_people, kinds
from handlers.members import phrases
from handlers.members.leaving.use_cases import estate, hand_over
from storage.members import Member, Role
from storage.uow import UnitOfWork

DETAILS = "personal_detail"
NAMES = frozenset({Kind.NAME, Kind.MINOR})

_FULL_NAME = re.compile(r"[\u4e00-\u9fff·]{2,}")
"""What is looked for in the messages of others: a nickname like “text” would be found in all of them."""


def in_office(member: Member) -> bool:
    """Whether others would be without somebody if this one were forgotten by one word."""
    return bool(member.roles - {Role.RESIDENT, Role.VOLUNTEER})


def at_stake(uow: UnitOfWork, *, by: Member) -> phrases.AtStake:
    """What `forget` would end. Raises `phrases.StillHolding`."""
    found = estate(uow, by)
    if found.claimed:
        raise phrases.StillHolding([wish.no for wish in found.claimed])
    return phrases.AtStake(found, len(uow.members.accounts(by.id)))


def forget(uow: UnitOfWork, *, by: Member) -> None:
    """Hide who a member is, in their own words too. What was done stays, under a number.

    Raises `phrases.StillHolding`.
    """
    at_stake(uow, by=by)
    _let_go(uow, by, actor=f"member:{by.id}", by=by)
    uow.audit.add(actor=f"member:{by.id}", action="hide", subject=f"member:{by.id}", after="hidden")


def erase(uow: UnitOfWork, member: Member, *, actor: str) -> Counter[str]:
    """As `forget`, for somebody who asked for it in writing; what they had claimed goes back to the list.

    Returns what `held` had counted before.
    """
    before = held(uow, member)
    _let_go(uow, member, actor=actor, by=None)
    uow.audit.add(actor=actor, action="erase", subject=f"member:{member.id}", after="hidden")
    return before


def held(uow: UnitOfWork, member: Member) -> Counter[str]:
    """How many rows of each table are about the member. Nobody's words are read for it."""
    counted = Counter(table for table, _ in uow.whole_person.rows(member.id))
    counted[DETAILS] = sum(len(uow.details.fields(subject)) for subject in _subjects(uow, member))
    return +counted


def copy(uow: UnitOfWork, member: Member, *, actor: str) -> list[dict[str, Any]]:
    """Everything held on a member, one line a value. It is a look.

    Names and numbers of other people are hidden; how to reach whom a wish is for is left out, being mostly another's.
    """
    uow.audit.add(actor=actor, action="look", subject=f"member:{member.id}")
    return [
        {"register": table, "row": row, "item": item, "value": _shown(table, item, value, member.name)}
        for row, (table, values) in enumerate(_all(uow, member, actor), start=1)
        for item, value in values.items()
        if value not in (None, "") and (table, item) != (DETAILS, "contact")
    ]


def _all(uow: UnitOfWork, member: Member, actor: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from list(uow.whole_person.rows(member.id))
    for subject in _subjects(uow, member):
        if kept := uow.details.read(subject, by=actor):
            yield DETAILS, {"subject": subject, **kept}


def _shown(table: str, item: str, value: Any, name: str) -> Any:
    if table == "account":
        return value
    if (table, item) == ("outbox", "body"):  # written for them, of whomever
        return hide_people(Reply.from_json(value).plain())
    return _theirs_alone(value, name)


def _theirs_alone(value: Any, name: str) -> Any:
    """Words with another person in them are shown as a group would see them.

    >>> _theirs_alone("王秀英本人 13812345678", "王秀英"), _theirs_alone("邻居孙立国要轮椅 13812345678", "王秀英")
    ('王秀英本人 13812345678', '邻居孙某要轮椅〔号码已隐去〕')
    """
    if not isinstance(value, str):
        return value
    others = value.replace(name, "")
    return value if name in value and not kinds(others) & NAMES else hide_people(value)


def _subjects(uow: UnitOfWork, member: Member) -> list[str]:
    """What details of theirs are filed under: themselves, and the wishes they wrote."""
    return [f"member:{member.id}", *(f"wish:{no}" for no in uow.wish_words.typed_by(member.id))]


def _let_go(uow: UnitOfWork, member: Member, *, actor: str, by: Member | None) -> None:
    """Roles, seats, accounts, words and details go; a number stays."""
    hand_over(uow, estate(uow, member), None, actor=actor, by=by)
    nameless = member.name == engine.ROLES[Role.RESIDENT.value] or not _FULL_NAME.fullmatch(member.name)
    words = set() if nameless else {member.name}
    for subject in _subjects(uow, member):
        contact = uow.details.read(subject, by=actor, own=True).get("contact", "")
        if has_personal_details(contact):  # a mere “无” stands in everybody's messages
            words.add(json.dumps(contact, ensure_ascii=False)[1:-1])
        uow.details.wipe(subject)
    for table, row in list(uow.whole_person.rows(member.id)):
        if table == "wish_event":
            uow.details.keep(f"wish:{row['wish_no']}", f"note:{row['id']}", "")
    uow.photos.forget(member.id)
    uow.outbox.forget(member.id)
    uow.whole_person.blank(member.id, member.name)
    uow.whole_person.unsay(words)
    uow.chats.forget(member.id)
    uow.personal.end(member.id)
    uow.questions.forget(member.id)
    uow.reports.forget(member.id)
    uow.wish_words.hide_words(
        member.id, lambda said: hide_people(said.replace(member.name, phrases.HIDDEN_WORD))
    )
    uow.members.hide(member.id, f"{phrases.HIDDEN_NAME}{member.id}")
    uow.members.forget_accounts(member.id)
