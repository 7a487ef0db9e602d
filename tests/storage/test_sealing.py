"""Sealing with several keys, proving the key of a database, changing it, and files sealed piece by piece."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage import keys, schema
from storage.database import Database
from storage.keys import WrongKey
from storage.sealed_file import PIECE, BrokenFile, NotSealedFile, SealedByOther, opened, sealing
from storage.sealing import DEVELOPMENT_KEY, MARK, CannotOpen, Sealer
from storage.uow import UnitOfWork
from tests.clock import FrozenClock

ONE, TWO = "1" * 32, "2" * 32


@given(st.text())
def test_what_is_sealed_is_opened_by_whoever_has_the_key(words: str) -> None:
    sealed = Sealer([ONE]).seal(words)
    assert (sealed.startswith(MARK), Sealer([TWO, ONE]).open(sealed)) == (True, words)
    with pytest.raises(CannotOpen):
        Sealer([TWO]).open(sealed)


def test_the_first_key_seals_and_what_it_sealed_stays_as_it_is() -> None:
    old = Sealer([ONE]).seal("甲")
    renewed = Sealer([TWO, ONE]).renewed(old)
    assert Sealer([TWO]).open(renewed) == "甲"
    assert Sealer([TWO, ONE]).renewed(renewed) == renewed
    with pytest.raises(CannotOpen):
        Sealer([TWO]).renewed(old)


def test_a_fingerprint_names_its_key_and_says_nothing_of_it() -> None:
    found = Sealer([ONE, TWO]).fingerprints
    assert found == (Sealer([ONE]).fingerprint, Sealer([TWO]).fingerprint)
    assert len(set(found)) == 2
    assert all(len(each) == 8 for each in found)


@pytest.fixture
def begun(database: Database) -> Iterator[Database]:
    """A database begun with ONE, with words in several rooms."""
    opened_with_one = Database(database.url, database._now, (ONE,))
    keys.begin(opened_with_one)
    opened_with_one.run_now(_say_things)
    yield opened_with_one
    opened_with_one.close()


def _say_things(uow: UnitOfWork) -> None:
    uow.details.keep("wish:1", "contact", "王秀英")
    uow.feedback.add("comment", "意见")
    uow.inbox.answer("c", "k", "答")


def _heard(uow: UnitOfWork) -> list[object]:
    feedback = [each.text for each in uow.feedback.all()]
    return [uow.details.read("wish:1", by="x", own=True), feedback, uow.inbox.reply_to("c", "k")]


HEARD: list[object] = [{"contact": "王秀英"}, ["意见"], "答"]


def _dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in ("personal_detail", "feedback", "inbox")
        }


def test_another_key_is_found_out_before_anything_is_changed(begun: Database) -> None:
    before = _dump(begun)
    stranger = Database(begun.url, begun._now, (TWO,))
    for attempt in (keys.verify_now, keys.begin, keys.reseal):
        with pytest.raises(WrongKey):
            attempt(stranger)
    stranger.close()
    assert _dump(begun) == before


def test_a_key_is_changed_by_sealing_everything_again(begun: Database) -> None:
    steps: list[tuple[int, int]] = []
    both = Database(begun.url, begun._now, (TWO, ONE))
    assert both.read_now(_heard) == HEARD
    assert keys.reseal(both, lambda done, of: steps.append((done, of))) == 3
    assert steps == [(3, 3)]
    assert keys.reseal(both) == 0
    both.close()
    with pytest.raises(WrongKey):
        keys.verify_now(begun)
    new = Database(begun.url, begun._now, (TWO,))
    keys.begin(new)
    assert new.read_now(_heard) == HEARD
    new.close()


def test_words_kept_in_the_open_by_an_earlier_version_are_sealed_once(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inbox (channel, key, at, reply) VALUES ('c', 'k', '2026-03-05', '答')")
        )
    assert database.read_now(lambda uow: uow.inbox.reply_to("c", "k")) == "答"
    keys.begin(database)
    sealed = _dump(database)
    assert str(sealed["inbox"][0][-1]).startswith(MARK)
    assert database.read_now(lambda uow: uow.inbox.reply_to("c", "k")) == "答"
    keys.begin(database)
    assert _dump(database) == sealed


def test_every_column_of_words_in_private_is_sealed() -> None:
    """A new one is sealed by its type; these are known."""
    found = {f"{column.table.name}.{column.name}" for column in keys.sealed_columns()}  # type: ignore[union-attr]
    assert found >= {
        "conversation.arguments", "feedback.text", "inbox.payload", "inbox.reply", "last_answer.question",
        "outbox.body", "personal_detail.sealed", "robot_call.payload", "simulator_line.parts",
        "simulator_line.text",
    }  # fmt: skip


def test_nobody_opens_a_database_without_saying_with_which_keys() -> None:
    """The default is the key everybody knows: it is for tests."""
    root = Path(__file__).resolve().parents[2]
    calls = [
        (path.name, len(node.args))
        for path in sorted((root / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Database"
    ]
    assert len(calls) >= 3
    assert {count for _, count in calls} == {3}


def test_nobody_reads_details_but_through_their_one_door() -> None:
    """And who reads them without a trace, as their own words, is named here."""
    root = Path(__file__).resolve().parents[2]
    knows, untraced = set(), set()
    for path in (
        each for room in ("bot", "handlers", "knowledge", "storage") for each in (root / room).rglob("*.py")
    ):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        knows |= {name} if "DetailRow" in text else set()
        untraced |= {name} if re.search(r"details\.read\(.*\bown=", text) else set()
    assert knows == {"storage/details.py", "storage/keys.py"}
    assert (
        untraced
        == {
            "handlers/members/privacy.py",  # to find the words that are to be erased everywhere
            "handlers/safety/use_cases.py",  # the system tells who reported what came of it
            "handlers/wishes/sheets/county.py",  # a row of a list is held against them, and shown to nobody
            "handlers/wishes/words.py",  # a rule makes public words of them; who logged a wish reads their own words
        }
    )


def test_a_comparison_that_could_never_hold_is_refused_at_once() -> None:
    from storage.outbox import OutboxRow

    with pytest.raises(TypeError):
        OutboxRow.body == "甲"  # noqa: B015


def _sealed(data: bytes, *keys_: str) -> bytes:
    raw = io.BytesIO()
    with sealing(raw, Sealer(keys_)) as file:
        for start in range(0, len(data), 1000):
            file.write(data[start : start + 1000])
    return raw.getvalue()


SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7)


@pytest.mark.parametrize("size", SIZES)
def test_a_sealed_file_holds_what_was_written_whatever_its_length(size: int) -> None:
    data = bytes(number * 7 % 251 for number in range(size))
    sealed = _sealed(data, ONE)
    assert opened(io.BytesIO(sealed), Sealer([TWO, ONE])).read() == data
    file = opened(io.BytesIO(sealed), Sealer([ONE]))
    for at in {0, size // 3, max(0, size - 5)}:
        file.seek(at)
        assert file.read(10) == data[at : at + 10]
    file.seek(-min(4, size), io.SEEK_END)
    assert file.read() == data[size - min(4, size) :]


def _read(sealed: bytes, *keys_: str) -> bytes:
    return opened(io.BytesIO(sealed), Sealer(keys_)).read()


@given(st.data())
def test_no_byte_of_a_sealed_file_can_be_changed_or_cut_off(data: st.DataObject) -> None:
    sealed = _sealed(b"abc" * 40_000, ONE)
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    for harmed in (bytes(changed), sealed[:at], sealed + sealed[-20:]):
        with pytest.raises((BrokenFile, NotSealedFile, SealedByOther)):
            _read(harmed, ONE)


def test_pieces_cannot_change_places() -> None:
    sealed = _sealed(b"a" * PIECE + b"b" * PIECE + b"c", ONE)
    head = sealed.index(b"\n", sealed.index(b"\n") + 1) + 1
    piece = PIECE + 16
    first, second = sealed[head : head + piece], sealed[head + piece : head + 2 * piece]
    with pytest.raises(BrokenFile):
        _read(sealed[:head] + second + first + sealed[head + 2 * piece :], ONE)


def test_a_sealed_file_names_the_key_it_needs() -> None:
    with pytest.raises(SealedByOther, match=Sealer([ONE]).fingerprint):
        _read(_sealed(b"x", ONE), TWO)
    assert b"x" * 20 not in _sealed(b"x" * 100, ONE)


def test_a_start_with_another_key_brings_the_schema_nowhere(tmp_path: Path, clock: FrozenClock) -> None:
    from bot.app import prepare
    from bot.settings import Settings

    url = f"sqlite:///{tmp_path / 'old.db'}"
    first = Database(url, clock.now, (DEVELOPMENT_KEY,))
    with first.engine.begin() as connection:
        schema.migrate(connection, "0012")
    with first.engine.begin() as connection:
        proof = first.sealer.seal("data_key\0proof\0lianxin")
        connection.execute(
            text("INSERT INTO personal_detail VALUES ('data_key', 'proof', :sealed)"), {"sealed": proof}
        )
    first.close()
    other = Database(url, clock.now, (ONE,))
    with pytest.raises(WrongKey):
        prepare(other, Settings(_env_file=None, bot_data_dir=tmp_path))  # type: ignore[call-arg]
    assert schema.version(other) == "0012"
    other.close()
