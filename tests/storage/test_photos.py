"""Photos: sealed, few, never seen without a trace, and gone when they are wiped; on both databases."""

import concurrent.futures
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.backup import backup, restore
from storage.base import NotFound
from storage.database import Database
from storage.keys import begin, reseal
from storage.photos import MOST, Full, Photo
from storage.sealing import CannotOpen
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.storage.people import Village, settle

PICTURE = b"\xff\xd8 what was delivered \xff\xd9"
OLD_KEY, NEW_KEY = "old-key-" * 4, "new-key-" * 4


@pytest.fixture
def village(database: Database) -> Village:
    return settle(database)


def _log(database: Database, village: Village) -> int:
    def log(uow: UnitOfWork) -> int:
        day = uow.now.date()
        wish = uow.wishes.log(
            "收音机", by=village.resident, place_id=village.place, group_id=None, expires_on=day
        )
        return wish.no

    return database.run_now(log)


def _keep(uow: UnitOfWork, no: int, by: int, picture: bytes = PICTURE, kind: str = "jpg") -> int:
    return uow.photos.keep(no, picture, kind, by=by)


def _look(uow: UnitOfWork, no: int) -> tuple[Photo, ...]:
    return uow.photos.look(no, by="member:9")


def _sent(uow: UnitOfWork, photo: Photo) -> bytes:
    return uow.attachments.get(photo.key)


def _looks(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, entry.subject) for entry in uow.audit.all()]


def test_a_look_gives_the_keys_and_leaves_its_trace(database: Database, village: Village) -> None:
    no, giver = _log(database, village), village.volunteers[0]
    pictures = [PICTURE, PICTURE, bytes(range(256))]
    kinds = ["jpg", "jpg", "png"]
    numbers = [database.run_now(_keep, no, giver, *one) for one in zip(pictures, kinds, strict=True)]
    assert numbers == [1, 2, 3]
    assert database.read_now(lambda uow: uow.photos.count(no)) == 3
    assert database.read_now(_looks) == []
    photos = database.run_now(_look, no)
    assert photos == tuple(
        Photo(number, photo.key, kind) for number, kind, photo in zip(numbers, kinds, photos, strict=True)
    )
    assert len({photo.key for photo in photos}) == 3
    assert database.read_now(_looks) == [("member:9", "look", f"wish_photo:{no}")]
    assert [database.read_now(_sent, photo) for photo in photos] == pictures


def test_nobody_looks_where_nothing_can_be_written(database: Database, village: Village) -> None:
    no = _log(database, village)
    assert database.read_now(_look, no) == ()
    database.run_now(_keep, no, village.resident)
    with pytest.raises(RuntimeError):
        database.read_now(_look, no)


def test_one_more_than_there_may_be_is_refused_also_at_the_same_moment(
    database: Database, village: Village
) -> None:
    no = _log(database, village)

    def keep(_: int) -> str:
        try:
            return str(database.run_now(_keep, no, village.resident))
        except Full:
            return "full"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(keep, range(8)))
    assert found == ["1", "2", "3", *["full"] * (8 - MOST)]


def test_nothing_of_a_picture_lies_in_the_open_and_a_moved_one_does_not_open(
    database: Database, village: Village
) -> None:
    one, other = _log(database, village), _log(database, village)
    for no in (one, other):
        database.run_now(_keep, no, village.resident)
    with database.engine.begin() as connection:
        rows = connection.execute(text("SELECT picture FROM wish_photo")).scalars().all()
        assert [row[:6] for row in rows] == ["gAAAAA"] * 2
        connection.execute(
            text("UPDATE wish_photo SET picture = (SELECT picture FROM wish_photo WHERE wish_no = :other)"),
            {"other": other},
        )
    first, second = (database.run_now(_look, no)[0] for no in (one, other))
    with pytest.raises(CannotOpen):
        database.read_now(lambda uow: uow.photos.opened(first.key))
    assert database.read_now(lambda uow: uow.photos.opened(second.key)) == PICTURE


def test_a_photo_goes_with_its_wish_with_who_gave_it_and_with_who_logged(
    database: Database, village: Village
) -> None:
    giver, teammate = village.volunteers[:2]
    numbers = [_log(database, village) for _ in range(3)]

    def fill(uow: UnitOfWork) -> None:
        for no in numbers:
            uow.photos.keep(no, PICTURE, "jpg", by=giver)
            uow.photos.keep(no, PICTURE, "jpg", by=teammate)

    def counts(uow: UnitOfWork) -> list[int]:
        return [uow.photos.count(no) for no in numbers]

    database.run_now(fill)
    (photo, _) = database.run_now(lambda uow: uow.photos.look(numbers[0], by="member:9"))
    database.run_now(lambda uow: uow.photos.wipe(numbers[0]))
    assert database.read_now(counts) == [0, 2, 2]
    with pytest.raises(NotFound):
        database.read_now(lambda uow: uow.attachments.get(photo.key))
    database.run_now(lambda uow: uow.photos.hand_over(giver, village.coordinator))
    database.run_now(lambda uow: uow.photos.forget(giver))
    assert database.read_now(counts) == [0, 2, 2]
    database.run_now(lambda uow: uow.photos.forget(teammate))
    assert database.read_now(counts) == [0, 1, 1]
    database.run_now(lambda uow: uow.photos.forget(village.resident))
    assert database.read_now(counts) == [0, 0, 0]


def test_a_changed_key_opens_what_was_sealed_before(database_url: str, clock: FrozenClock) -> None:
    old = Database(database_url, clock.now, [OLD_KEY])
    try:
        begin(old)
        village = settle(old)
        no = _log(old, village)
        old.run_now(_keep, no, village.resident)
    finally:
        old.close()
    both = Database(database_url, clock.now, [NEW_KEY, OLD_KEY])
    try:
        reseal(both)
    finally:
        both.close()
    new = Database(database_url, clock.now, [NEW_KEY])
    try:
        (photo,) = new.run_now(_look, no)
        assert new.read_now(lambda uow: uow.photos.opened(photo.key)) == PICTURE
    finally:
        new.close()


def test_a_backup_brings_it_back_and_shows_nothing(
    database: Database, village: Village, clock: FrozenClock, tmp_path: Path
) -> None:
    no, file = _log(database, village), tmp_path / "b.zip"
    database.run_now(_keep, no, village.resident)
    made = backup(database, tmp_path / "none", file, made_at=clock.now())
    assert (made.rows["wish_photo"], PICTURE in file.read_bytes()) == (1, False)
    (photo,) = database.run_now(_look, no)
    database.run_now(lambda uow: uow.photos.wipe(no))
    restore(database, file, tmp_path / "originals", replace=True)
    assert database.read_now(lambda uow: uow.photos.opened(photo.key)) == PICTURE
