"""The schema has no place for what a person reads, how often they speak, when they are online, or how they rank.

Every column that could hold such a thing stands below with the reason why it does not. A new column that looks
like one fails here until somebody has thought about it: the rules against 指尖上的形式主义 are the reason.
"""

import re
from collections.abc import Iterator

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    Interval,
    MetaData,
    Numeric,
    String,
    Table,
    Time,
)

import storage.uow
from handlers import FEATURES
from storage.base import Moment, metadata
from tests.handlers.town import Town

MEASURES = (Integer, Float, Numeric, DateTime, Date, Time, Interval, Boolean, Moment)
"""Kinds of columns that can count, time or tick off something."""

PERSON = re.compile(
    r"(?:^|_)(?:member|person|people|user|userid|openid|actor|sender|chat|target|bucket|slot)(?:_|$)"
)
"""Names of columns, and tables, that say who, beside references to `member`."""

ACTIVITY = re.compile(
    r"(?:^|_)(?:reads?|seen|views?|viewed|opened|clicks?|likes?|forwards?|shares?|receipts?|online|offline|active"
    r"|activity|presence|logins?|sessions?|last|latest|heard|streak|minutes|seconds|duration|learn\w*|reading|counts?"
    r"|counter|totals?|times|messages|sent|scores?|points|ranks?|ranking|stats?|statistics|frequency|usage)(?:_|$)"
)
"""Words of which the names of such columns and tables are made."""

ALLOWED = {
    "account.reachable_until": "until when the platform lets us answer; the next message of the person moves it",
    "account.unreachable": "they unfollowed us: nothing is sent there",
    "audit.at": "when a change of state was made: the history of the matter",
    "audit.seal": "the seal the row stands under, set by a job",
    "audit_seal.count": "rows in the batch, whoever's they are",
    "burden.count": "what the bot said in a group in a week; there is no column for a person",
    "chat_group.created_at": "of the group",
    "chat_group.ends_on": "of the group",
    "chat_group.heard_at": "since when we are in the group; set once, and again after we were removed",
    "chat_group.push_at": "of the group",
    "chat_group.removed_at": "since when we are not in the group",
    "chat_group.subscribed": "of the group",
    "chat_group.subscribed_at": "since when the group is pushed to",
    "chat_listing.at": "of the list that numbers pick from; the next list overwrites it",
    "conversation.at": "of a question that waits for one more word; gone with the answer, void after half an hour",
    "conversation.taken": "which step of an open conversation this is, so that one message alone answers it; as above",
    "feed_entry.seen_at": "when we first saw what a feed announced",
    "invite.expires_at": "of the code",
    "invite.used_at": "a code serves once",
    "last_answer.*": "which answer 有用 and 那要带啥 are about: one a chat, overwritten by the next",
    "last_answer.at": "a follow-up is one for ten minutes",
    "document.reading": "the version of the reader that read a file",
    "member.created_at": "since when we know them",
    "member.hidden_at": "they had their details hidden",
    "member.noticed_at": "the privacy notice is given once",
    "member_role.since": "since when a role is held",
    "member_role.until": "until when it was",
    "outbox.attempts": "of delivering a message",
    "outbox.tries_from": "attempts at a message before it was sent again",
    "outbox.asked_at": "when a message was sent again",
    "outbox.created_at": "of the message",
    "outbox.leased_until": "of delivering it",
    "outbox.not_before": "of delivering it",
    "outbox.receipt": "the platform's id of the message: it took it; whether anybody reads it is not known",
    "outbox.sent_at": "when the platform took it",
    "outbox.not_after": "after that it is not delivered",
    "outbox.taken": "parts of one message that the platform took",
    "pace.seconds": "length of a platform's window",
    "pace.sent": "what we sent into a platform's window; gone within the hour",
    "personal_digest.at": "the time they asked for",
    "question.last_at": "when a question was asked last, by whomever",
    "question.times": "how often a question was asked, by whomever: which answer is missed most",
    "question_notice.at": "whom to tell of an answer; gone once told, or after 30 days",
    "report.at": "of what was reported",
    "report.carded": "the card with the numbers to call is given once a day for the same matter",
    "report.child": "whether a child is concerned",
    "report.closed_at": "since when the matter has ended: its words go a fortnight later",
    "robot_call.at": "of a message to be answered; gone within the hour",
    "simulator_line.at": "of a line on the page of the simulator, which production does not have",
    "team_member.leads": "who leads the team",
    "tick.at": "a job runs once; gone after a fortnight",
    "topic_choice.wanted": "what they want to see",
    "wrong_code.at": "of the last of the wrong invite codes in a row: half an hour later they are forgotten",
    "wrong_code.times": "wrong invite codes in a row, against guessing; gone with the first right one",
    "wish.claimed_at": "a step of the wish",
    "wish.closed_at": "since when the wish has ended",
    "wish.credit": "that they let their name be said in thanks",
    "wish.delivered_at": "a step of the wish",
    "wish.expires_on": "a step of the wish",
    "wish.fulfilled_at": "a step of the wish",
    "wish.logged_at": "a step of the wish",
    "wish.merged_into": "the wish it was merged into",
    "wish.promised_on": "by when it is promised; gone with the claim",
    "wish.reminded_at": "a reminder is given once; gone with the claim",
    "wish.team_id": "the team that claimed it",
    "wish.wanted_by": "by when it is wanted",
    "wish.wiped_at": "since when its details are gone",
    "wish_event.at": "a step of the wish",
    "wish_photo.given_at": "of a photo of a delivery; gone with the details of the wish",
}
"""Columns that look like a record of somebody's activity, and why they are none."""


def suspects(tables: MetaData) -> Iterator[str]:
    """Columns that measure something in a table about people; columns, and tables (`.*`), named after activity."""
    for table in tables.sorted_tables:
        if ACTIVITY.search(table.name):
            yield f"{table.name}.*"
        about_people = PERSON.search(table.name) or any(_says_who(column) for column in table.columns)
        for column in table.columns:
            measures = (
                isinstance(column.type, MEASURES) and not column.foreign_keys and not column.primary_key
            )
            if (about_people and measures) or ACTIVITY.search(column.name):
                yield f"{table.name}.{column.name}"


def _says_who(column: "Column[object]") -> bool:
    refers = any(key.target_fullname.startswith("member.") for key in column.foreign_keys)
    return refers or PERSON.search(column.name) is not None


def test_every_column_that_could_record_activity_has_its_reason() -> None:
    assert storage.uow  # every table is declared
    found = set(suspects(metadata))
    assert found - set(ALLOWED) == set(), (
        "does it count, time or rank what a person does? Then it may not be kept"
    )
    assert set(ALLOWED) - found == set(), "a reason for nothing"
    assert len(metadata.tables) > 20


def test_a_place_for_activity_would_be_found() -> None:
    bad = MetaData()
    Table("member", bad, Column("id", Integer, primary_key=True), Column("messages", Integer))
    Table("account", bad, _member(), Column("last_online_at", Moment))
    Table("reading", bad, _member(), Column("item", String))
    Table("lecture", bad, _member(), Column("stayed", Interval))
    Table("week", bad, Column("sender", String), Column("said", Integer))
    Table("read_receipt", bad, Column("message", Integer), Column("who", String))
    Table("village", bad, Column("name", String), Column("activity_score", Float))
    Table("lesson", bad, Column("userid", String), Column("finished", Boolean))
    Table("harmless", bad, Column("name", String), Column("area", Float))
    assert sorted(suspects(bad)) == [
        "account.last_online_at", "lecture.stayed", "lesson.finished", "member.messages", "read_receipt.*",
        "reading.*", "village.activity_score", "week.said",
    ]  # fmt: skip


def _member() -> "Column[int]":
    return Column("member_id", Integer, ForeignKey("member.id"))


async def test_no_register_totals_what_a_person_does(town: Town) -> None:
    for name in ("王主任", "小周"):
        await town.say(name, "/心愿单", "永续社区连心群")
    registers = [name for feature in FEATURES for name in feature.registers]
    columns = {name: set(rows[0]) for name in registers if (rows := await town.register(name))}
    counting = {name: sorted(filter(ACTIVITY.search, keys)) for name, keys in columns.items()}
    assert {name: found for name, found in counting.items() if found} == {"burden": ["messages"]}
    assert columns["burden"] == {"week", "group", "messages", "questions", "pushes"}
    assert len(columns) >= 4
