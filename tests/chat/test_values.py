"""The values that cross the rooms come back from storage as they were."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.reply import Reply, Text
from bot.chat.update import Kind, Update

moments = st.datetimes(min_value=datetime(2000, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=timezone(timedelta(hours=8)))
)
parts = st.lists(st.builds(Text, st.text(), st.text()), max_size=4).map(tuple)
updates = st.builds(
    Update,
    channel=st.text(),
    key=st.text(),
    sender=st.text(),
    at=moments,
    text=st.text(),
    kind=st.sampled_from(Kind),
    chat=st.none() | st.text(),
    mentioned=st.booleans(),
    sender_name=st.none() | st.text(),
)


@given(parts, st.lists(st.text(), max_size=4).map(tuple), st.text(max_size=9))
def test_reply_comes_back_whole(said: tuple[Text, ...], listing: tuple[str, ...], more: str) -> None:
    reply = Reply(said, listing, more)
    assert Reply.from_json(reply.to_json()) == reply


@given(updates)
def test_update_comes_back_whole(update: Update) -> None:
    assert Update.from_json(update.to_json()) == update


def test_incident_is_not_stored() -> None:
    assert Reply.from_json(Reply((Text("出了点问题。"),), incident="A1B2C3").to_json()) == Reply.text(
        "出了点问题。"
    )


def test_answer_and_citation_are_one_text() -> None:
    reply = Reply.text("可以。", citation="依据：《某办法》第一条").followed_by("另外说一句。")
    assert reply.plain() == "可以。\n依据：《某办法》第一条\n\n另外说一句。"


def test_silence_stays_silence() -> None:
    assert Reply.silence().followed_by("另外说一句。") == Reply.silence()


def test_private_means_without_a_chat() -> None:
    at = datetime(2026, 3, 5, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    private, group = Update("c", "k", "s", at), Update("c", "k", "s", at, chat="g")
    assert (private.private, group.private) == (True, False)
