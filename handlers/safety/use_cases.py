"""What is done about words of harm and about reports: kept sealed, and told to whom it concerns, to nobody else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.chat import phrases as engine
from bot.chat.reply import Markdown, Reply, Text
from bot.chat.turn import Chat, Heed, Turn, private_key
from handlers.safety import phrases, rules
from handlers.safety.phrases import Opened
from handlers.safety.rules import Harm
from storage.base import NotFound
from storage.members import Member, Role
from storage.outbox import Target
from storage.reports import Concern, NewReport, Report
from storage.uow import UnitOfWork

AGAIN = timedelta(days=1)
"""Before this is over nobody gets the card twice for one matter."""

KEPT = timedelta(days=14)
"""How long words stay after what they were about was closed."""

LONGEST = 1000
"""Characters of a report."""

WORDS, REPORTER = "words", "reporter"
"""What is sealed of a report, by field."""

ABOVE = "above"
"""The field that keeps words of harm from the officers of the place for good: it may be about one of them."""

OFFICERS = frozenset({Role.CHILD_OFFICER, Role.COORDINATOR})
"""To whom words of harm are told: a child's to both, others' to the coordinators of the place."""

COUNTY = frozenset({Role.COUNTY_OFFICE})
"""Who takes over reports of wrongdoing, and nobody below: 信访工作条例 第三十条 keeps them from whom they are about."""


def watch(said: str) -> Heed | None:
    """What the words call for beyond their answer: a card, or to be taken out of the group."""
    harm = rules.harm_in(said)
    if harm is not None:
        return lambda uow, turn, reply: _warned(uow, turn, reply, harm, said)
    return _moved if rules.wrongdoing_in(said) else None


def _warned(uow: UnitOfWork, turn: Turn, reply: Reply, harm: Harm, said: str) -> Reply:
    """The card, then the answer, in private. In a group a question gets one sentence that says nothing of it, a command
    its answer and that sentence."""
    chat, member = turn.chat, turn.member
    since = uow.now - AGAIN
    given = uow.reports.carded_since(member.id, harm.matter.value, since, child=harm.child)
    no = _keep_harm(uow, chat, member, harm, said, carded=not given)
    told = _tell(uow, member, harm, said, uow.reports.get(no))
    first = phrases.again(harm, no) if given else phrases.card(harm, no, _numbers(uow, chat), told)
    if turn.question:
        said_first = replace(reply, parts=(*first.parts, *reply.parts)) if _answers(reply, harm) else first
        if chat.private:
            return said_first
        _whisper(uow, member, said_first)
        return Reply.text(phrases.MOVED)
    if given:
        return reply
    if chat.private:
        return replace(reply, parts=(*first.parts, *reply.parts))
    _whisper(uow, member, first)
    return reply.followed_by(phrases.MOVED) if reply.parts else Reply.text(phrases.MOVED)


def _moved(uow: UnitOfWork, turn: Turn, reply: Reply) -> Reply:
    """Of a report spoken in a group nothing stays there."""
    if turn.chat.private or not turn.question:
        return reply
    _whisper(uow, turn.member, phrases.doors())
    return Reply.text(phrases.MOVED)


def _answers(reply: Reply, harm: Harm) -> bool:
    """Whether the base has something to say: beside a cry for help an answer that is unsure is no help."""
    return harm.asks or any(isinstance(part, Text | Markdown) and part.citation for part in reply.parts)


def _whisper(uow: UnitOfWork, member: Member, reply: Reply) -> None:
    if reply.listing:
        uow.chats.keep_listing(private_key(member.id), reply.listing)
    uow.outbox.add(Target(member_id=member.id), reply.to_json())


def _keep_harm(uow: UnitOfWork, chat: Chat, member: Member, harm: Harm, said: str, *, carded: bool) -> int:
    new = NewReport(
        Concern.HARM, chat.place_id, harm.matter.value, harm.child, member_id=member.id, carded=carded
    )
    no = uow.reports.add(new)
    uow.details.keep(_subject(no), WORDS, said)
    uow.audit.add(actor=f"member:{member.id}", action="harm", subject=_subject(no), after="waiting")
    return no


def _tell(uow: UnitOfWork, member: Member, harm: Harm, said: str, report: Report) -> list[str]:
    """Tell the officers of the place, or the county where it has none or one of them is blamed; returns the roles told.

    Who speaks is not told.
    """
    others = [each for each in uow.members.all() if each.id != member.id]
    line = uow.places.line(report.place_id)
    roles = _wanted(report)
    told = _holders(others, roles, line) if line else []
    above = _is_above(uow, member, harm, said, told)
    if above:
        uow.details.keep(_subject(report.no), ABOVE, "county")
        told = []
    if not told:
        roles = COUNTY
        told = [each for each in _county(others, line) if not rules.names(said, harm, each.name)]
    letter = phrases.told_officer if report.carded or above else phrases.told_again
    body = letter(harm, report.no, report.place, member.name).to_json()
    for each in told:
        uow.outbox.add(Target(member_id=each.id), body)
    held = {grant.role for each in told for grant in each.grants if roles == COUNTY or grant.place_id in line}
    return [engine.ROLES[role] for role in Role if role in held & roles]


def _is_above(uow: UnitOfWork, member: Member, harm: Harm, said: str, officers: Sequence[Member]) -> bool:
    """Whether an officer may be who does it, by these words or by others of theirs the county has still open."""
    if rules.blames(said, harm, [each.name for each in officers]):
        return True
    return harm.matter not in rules.ACCIDENTS and any(
        ABOVE in uow.details.fields(_subject(each.no))
        for each in uow.reports.waiting()
        if each.member_id == member.id
    )


def _numbers(uow: UnitOfWork, chat: Chat) -> list[str]:
    """The place's own telephones (`/本地标准 求助电话 …`), the nearest first, those in force."""
    line = uow.places.line(chat.place_id)
    today = uow.now.date()
    values = [
        value
        for value in uow.local_values.at(line)
        if value.what.endswith(phrases.TELEPHONES)
        and value.effective <= today
        and (value.expires is None or value.expires >= today)
    ]
    nearest = sorted(values, key=lambda value: (line.index(value.place_id), value.what))
    return [phrases.local_number(value.place, value.what, value.value) for value in nearest]


def hand_over(uow: UnitOfWork, words: str, *, by: Member, chat: Chat) -> int | None:
    """A report of wrongdoing to the county; its number, None where nobody takes it, and then nothing is kept.

    Who reports is sealed with the words, and stands nowhere else.
    """
    if len(words) > LONGEST:
        raise phrases.too_long(LONGEST)
    takers = _county(uow.members.all(), uow.places.line(chat.place_id))
    if not takers:
        return None
    no = uow.reports.add(NewReport(Concern.WRONGDOING, chat.place_id))
    uow.details.keep(_subject(no), WORDS, words)
    uow.details.keep(_subject(no), REPORTER, str(by.id))
    uow.audit.add(actor="reporter", action="report", subject=_subject(no), after="waiting")
    for each in takers:
        uow.outbox.add(Target(member_id=each.id), phrases.to_county(no).to_json())
    return no


def move(uow: UnitOfWork, *, by: Member) -> None:
    """`/举报 …` in a group: the doors in private, and nothing kept."""
    _whisper(uow, by, phrases.doors())


def waiting(uow: UnitOfWork, *, by: Member) -> list[Report]:
    """What this member may open, the oldest first."""
    county = _holders(uow.members.all(), COUNTY, ())
    return [report for report in uow.reports.waiting() if _may_see(uow, report, by, county)]


def look(uow: UnitOfWork, no: int, *, by: Member) -> Opened:
    """The report, its words and who said them; the look is audited. Raises `NoSuchReport`."""
    report = _seen(uow, no, by)
    held = uow.details.read(_subject(no), by=f"member:{by.id}")
    speaker = int(held.get(REPORTER) or report.member_id or 0)
    return Opened(report, held.get(WORDS, ""), _name(uow, speaker))


def close(uow: UnitOfWork, no: int, *, by: Member) -> int:
    """It is done; who reported wrongdoing is told."""
    report = _seen(uow, no, by)
    if not uow.reports.close(no):
        raise phrases.ClosedAlready(no)
    uow.audit.add(
        actor=f"member:{by.id}", action="close", subject=_subject(no), before="waiting", after="closed"
    )
    if report.concern is Concern.WRONGDOING:
        reporter = uow.details.read(_subject(no), by="system", own=True).get(REPORTER, "")
        if reporter and _name(uow, int(reporter)):
            uow.outbox.add(Target(member_id=int(reporter)), phrases.told_reporter(no).to_json())
    return no


def wipe(uow: UnitOfWork) -> None:
    """Let the words go of what was closed long enough ago, however long nobody looked; who may not see it stays."""
    held = uow.details.subjects()
    for subject in map(_subject, uow.reports.closed_before(uow.now - KEPT)):
        if subject in held:
            uow.details.keep(subject, WORDS, "")
            uow.details.keep(subject, REPORTER, "")


def _seen(uow: UnitOfWork, no: int, by: Member) -> Report:
    try:
        report = uow.reports.get(no)
    except NotFound:
        raise phrases.NoSuchReport(no) from None
    if not _may_see(uow, report, by, _holders(uow.members.all(), COUNTY, ())):
        raise phrases.NoSuchReport(no)
    return report


def _may_see(uow: UnitOfWork, report: Report, by: Member, county: Sequence[Member]) -> bool:
    """Wrongdoing the county office alone, of the place or, where it has none, any; harm also who was to be told."""
    line = uow.places.line(report.place_id)
    if any(each.id == by.id for each in _county(county, line)):
        return True
    officer = report.concern is Concern.HARM and bool(line) and by.holds(_wanted(report), line)
    return officer and ABOVE not in uow.details.fields(_subject(report.no))


def _wanted(report: Report) -> frozenset[Role]:
    return OFFICERS if report.child else OFFICERS - {Role.CHILD_OFFICER}


def _county(people: Sequence[Member], line: Sequence[int]) -> list[Member]:
    """The county office of the place or, where it has none, any."""
    return _holders(people, COUNTY, line) or _holders(people, COUNTY, ())


def _holders(people: Sequence[Member], roles: frozenset[Role], line: Sequence[int]) -> list[Member]:
    """Who of them holds one of the roles for a place on the line; of an empty line, anywhere."""
    return [each for each in people if each.holds(roles, tuple(line))]


def _name(uow: UnitOfWork, member_id: int) -> str:
    try:
        return uow.members.get(member_id).name
    except NotFound:
        return ""


def _subject(no: int) -> str:
    return f"report:{no}"
