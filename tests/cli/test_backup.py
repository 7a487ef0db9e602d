"""`db …`: a backup is everything at one moment, and only a whole one is ever restored."""

import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot import demo
from bot.chat.reply import Reply
from storage import keys, schema
from storage.backup import Damaged, Manifest, NotEmpty, OtherKey, archive_of, backup, restore
from storage.database import Database
from storage.documents import StoredDocument, StoredPassage
from storage.outbox import Outcome, Target
from storage.sealing import DEVELOPMENT_KEY, Sealer
from storage.uow import UnitOfWork
from tests.cli.conftest import Run, run_here
from tests.clock import FrozenClock

PIECES = zipfile.ZIP_DEFLATED


def _fill(uow: UnitOfWork) -> None:
    demo.put(uow)
    passage = StoredPassage("0a1b2c3d4e", "第一条", "总则", "第一条 甲🙂\n乙", "")
    uow.documents.put(
        [StoredDocument("a.md", "甲", "law", None, None, None, None, "", "d" * 64, "", [passage])]
    )
    uow.documents.remove([])
    uow.ticks.take("job", "slot")


def _rows(database: Database, tmp_path: Path) -> dict[str, str]:
    """Every table but the base's revision, told by the digest of its rows."""
    made = backup(database, tmp_path / "none", tmp_path / "look.zip", made_at=FrozenClock().now())
    return {name: digest for name, digest in made.files.items() if name != "tables/corpus.jsonl"}


@pytest.fixture
def filled(database: Database) -> Database:
    keys.begin(database)
    database.run_now(_fill)
    return database


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Database]:
    """A second database, empty, of the other kind than `database`."""
    sqlite = "sqlite" not in request.getfixturevalue("database_url")
    url = (
        f"sqlite:///{tmp_path / 'other.db'}"
        if sqlite
        else request.getfixturevalue("postgres_server").create()
    )
    opened = Database(url, clock.now)
    yield opened
    opened.close()
    if not sqlite:
        request.getfixturevalue("postgres_server").drop(url)


def test_a_backup_moves_between_kinds_of_database(
    filled: Database, other: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    originals = tmp_path / "originals"
    originals.mkdir()
    (originals / f"{'a' * 64}.md").write_bytes(b"\x00\xffraw")
    (originals / "not ours.md").write_text("x")
    made = backup(filled, originals, tmp_path / "b.zip", made_at=clock.now())
    assert (made.originals, made.rows["wish"], made.made_at) == (1, 6, "2026-03-05T09:00:00+08:00")
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600

    assert restore(other, tmp_path / "b.zip", tmp_path / "restored", above=41) == made
    assert _rows(other, tmp_path) == {
        k: v for k, v in made.files.items() if k.startswith("tables/") and "corpus" not in k
    }
    assert [path.read_bytes() for path in (tmp_path / "restored").iterdir()] == [b"\x00\xffraw"]
    assert other.read_now(lambda uow: uow.documents.revision()) == 42
    assert schema.differences(other) == []
    newest = max(member.id for member in other.read_now(lambda uow: uow.members.all()))
    assert other.run_now(lambda uow: uow.members.add("后来的").id) == newest + 1


def test_what_is_true_for_this_moment_only_is_not_kept(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """A restored lease would keep the robot's connection from everybody; a token is another machine's."""
    filled.run_now(lambda uow: uow.leases.take("aibot", "甲", seconds=30))
    filled.run_now(lambda uow: uow.tokens.may_fetch("wechat", seen=0, seconds=10))
    filled.run_now(lambda uow: uow.pace.take([("chat", 1, 60)]))
    filled.run_now(lambda uow: uow.attachments.put(b"poster"))
    made = backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    assert made.rows["attachment"] == 1
    assert not {"lease", "access_token", "pace"} & made.rows.keys()
    restore(filled, tmp_path / "b.zip", tmp_path / "o", replace=True)
    assert filled.run_now(lambda uow: uow.leases.take("aibot", "乙", seconds=30)) == 1


def test_what_was_queued_in_a_backup_is_not_sent_again_by_itself(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    def queue(uow: UnitOfWork) -> int:
        return uow.outbox.add(Target(member_id=uow.members.all()[0].id), Reply.text("晨报").to_json())

    row = filled.run_now(queue)
    backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    restore(filled, tmp_path / "b.zip", tmp_path / "o", replace=True, doubt="备份时还在排队")
    found = filled.read_now(lambda uow: uow.outbox.with_ids([row]))[row]
    assert (found.status, found.cause) == (Outcome.UNKNOWN, "备份时还在排队")
    assert filled.run_now(lambda uow: uow.outbox.lease(limit=99, seconds=60)) == []


def test_restore_refuses_a_database_in_use_and_replaces_when_told(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    before = _rows(filled, tmp_path)
    filled.run_now(lambda uow: uow.members.add("后来的"))
    changed = _rows(filled, tmp_path)
    assert changed != before
    with pytest.raises(NotEmpty):
        restore(filled, tmp_path / "b.zip", tmp_path / "o")
    assert _rows(filled, tmp_path) == changed
    restore(filled, tmp_path / "b.zip", tmp_path / "o", replace=True)
    assert _rows(filled, tmp_path) == before


def test_a_backup_made_while_serving_is_of_one_moment(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """Wishes are logged all the while: each one that is in has its history, and no history lacks its wish."""
    [somebody, *_] = filled.read_now(lambda uow: uow.members.all())
    stop = threading.Event()

    def keep_logging() -> None:
        while not stop.is_set():
            filled.run_now(_log, somebody.id, clock.now().date())

    with ThreadPoolExecutor(2) as busy:
        working = [busy.submit(keep_logging) for _ in range(2)]
        counts = []
        for number in range(4):
            file = tmp_path / f"{number}.zip"
            made = backup(filled, tmp_path / "none", file, made_at=clock.now())
            logged = [row for row in _table(file, "wish_event") if row["move"] == "log"]
            assert {row["wish_no"] for row in logged} == {row["no"] for row in _table(file, "wish")}
            counts.append(made.rows["wish"])
        stop.set()
        assert [each.result() for each in working] == [None, None]
    assert counts == sorted(counts) and counts[0] < counts[-1]


def _log(uow: UnitOfWork, member_id: int, day: date) -> None:
    uow.wishes.log("一台收音机", by=member_id, place_id=None, group_id=None, expires_on=day)


def _table(file: Path, name: str) -> list[dict[str, Any]]:
    with archive_of(file, Sealer([DEVELOPMENT_KEY])) as archive:
        return [json.loads(line) for line in archive.read(f"tables/{name}.jsonl").splitlines()]


def test_a_member_list_that_points_at_itself_is_restored(
    filled: Database, other: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """A place whose parent has the higher number."""
    with filled.engine.begin() as connection:
        connection.execute(text("UPDATE place SET parent_id = 6 WHERE id = 1"))
        connection.execute(text("UPDATE place SET parent_id = NULL WHERE id = 6"))
    made = backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    restore(other, tmp_path / "b.zip", tmp_path / "o")
    assert _rows(other, tmp_path)["tables/place.jsonl"] == made.files["tables/place.jsonl"]


def test_a_database_of_another_schema_is_replaced_whole(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """Its tables are not ours: they go, and those of the backup's schema come."""
    backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    before = _rows(filled, tmp_path)
    with filled.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE wish ADD COLUMN later VARCHAR"))
    restore(filled, tmp_path / "b.zip", tmp_path / "o", replace=True)
    assert (schema.version(filled), schema.differences(filled)) == (schema.head(), [])
    assert _rows(filled, tmp_path) == before


def test_rows_that_do_not_fit_roll_everything_back(
    sqlite_url: str, tmp_path: Path, clock: FrozenClock
) -> None:
    database = Database(sqlite_url, clock.now)
    database.run_now(_fill)
    backup(database, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    before = _rows(database, tmp_path)
    _rewrite(tmp_path / "b.zip", "tables/wish.jsonl", lambda data: data.replace(b'"status":', b'"state":'))
    with pytest.raises(Damaged):
        restore(database, tmp_path / "b.zip", tmp_path / "o", replace=True)
    assert _rows(database, tmp_path) == before
    database.close()


def _rewrite(archive: Path, name: str, change: Callable[[bytes], bytes], **manifest: object) -> None:
    """The archive again with one member changed, and with a manifest that agrees; bare, as it once was."""
    import hashlib

    with archive_of(archive, Sealer([DEVELOPMENT_KEY])) as old:
        members = {each: old.read(each) for each in old.namelist()}
    members[name] = change(members.get(name, b""))
    stated = json.loads(members["manifest.json"]) | manifest
    stated["files"] |= {name: hashlib.sha256(members[name]).hexdigest()} if name != "manifest.json" else {}
    members["manifest.json"] = json.dumps(stated).encode()
    with zipfile.ZipFile(archive, "w", PIECES) as new:
        for each, data in members.items():
            new.writestr(each, data)


@pytest.fixture(scope="module")
def archive(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the furnished folder."""
    file = tmp_path_factory.mktemp("backup") / "b.zip"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_DATA_DIR", str(furnished))
        told = run_here("db", "backup", file, "--json").json()
    assert told["bytes"] == file.stat().st_size
    assert told["rows"]["wish"] == 6
    return file


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def _foreign(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as other:
        other.writestr("word/document.xml", "<x/>")


def _sneaky(file: Path) -> None:
    _rewrite(file, "../../evil.sh", lambda _: b"rm -rf")


def _bare(file: Path) -> None:
    """As earlier versions made it."""
    _rewrite(file, "manifest.json", lambda data: data)


def _unlisted(file: Path) -> None:
    _bare(file)
    with zipfile.ZipFile(file, "a") as more:
        more.writestr("originals/extra.md", "x")


def _doubled(file: Path) -> None:
    _bare(file)
    with zipfile.ZipFile(file, "a") as more, pytest.warns(UserWarning, match="Duplicate"):
        more.writestr("tables/wish.jsonl", "")


def _other_rows(file: Path) -> None:
    with archive_of(file, Sealer([DEVELOPMENT_KEY])) as old:
        stated = json.loads(old.read("manifest.json"))
    stated["rows"]["wish"] += 1
    _rewrite(file, "manifest.json", lambda _: json.dumps(stated).encode(), rows=stated["rows"])


def _newer(file: Path) -> None:
    _rewrite(file, "manifest.json", lambda data: data, schema="9999")


def _product(file: Path) -> None:
    _rewrite(file, "manifest.json", lambda data: data, product="another")


def _huge(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(200 * 1024 * 1024)


HARMS: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (_truncate, "备份文件坏了（b.zip 对不上）"),
    "flipped": (_flip, "备份文件坏了（b.zip 对不上）"),
    "longer": (
        lambda file: file.write_bytes(file.read_bytes() + b"\0" * 40) and None,
        "备份文件坏了（b.zip 对不上）",
    ),
    "bare and truncated": (
        lambda file: _bare(file) or _truncate(file),
        "这不是连心的备份文件，或者文件不完整",
    ),
    "bare and flipped": (lambda file: _bare(file) or _flip(file), "备份文件坏了"),
    "header only": (lambda file: file.write_bytes(file.read_bytes()[:20]) and None, "这不是连心的备份文件"),
    "empty": (lambda file: file.write_bytes(b"") and None, "这不是连心的备份文件"),
    "text": (lambda file: file.write_text("hello") and None, "这不是连心的备份文件"),
    "foreign": (_foreign, "这不是连心的备份文件"),
    "product": (_product, "这不是连心的备份文件"),
    "huge": (_huge, "这不是连心的备份文件"),
    "sneaky": (_sneaky, "备份文件坏了（../../evil.sh 对不上）"),
    "unlisted": (_unlisted, "备份文件坏了（manifest.json 对不上）"),
    "doubled": (_doubled, "备份文件坏了（manifest.json 对不上）"),
    "rows": (_other_rows, "备份文件坏了（tables/wish.jsonl 对不上）"),
    "newer": (_newer, "备份是更新版本的程序做的（9999）"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_archive_is_refused_and_changes_nothing(
    run: Run, data_dir: Path, tmp_path: Path, archive: Path, harm: str
) -> None:
    file = tmp_path / "b.zip"
    shutil.copy(archive, file)
    harming, says = HARMS[harm]
    harming(file)
    before = run("export", "wishes", "-").out
    ran = run("db", "restore", file, "--replace")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err
    assert run("export", "wishes", "-").out == before
    assert not (tmp_path.parent / "evil.sh").exists()


def test_backup_and_restore_bring_everything_back(
    run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = tmp_path / "孔明灯办法.md"
    law.write_text("# 金山县孔明灯办法\n\n第一条 放飞孔明灯应当先登记。\n")
    run("kb", "import", law)
    run("chat", "--as", "张大妈", stdin="/心愿 想要一副老花镜\n")
    registers = {name: run("export", name, "-").out for name in ("wishes", "audit", "members")}
    hit = run("kb", "search", "放飞孔明灯", "--top", "1", "--json").out
    assert run("db", "backup", "b.zip").out.startswith("已备份到 b.zip：")
    run("kb", "remove", "孔明灯办法.md")
    run("chat", "--as", "张大妈", stdin="/心愿 想要一条围巾\n")

    refused = run("db", "restore", "b.zip")
    assert (refused.code, "--replace" in refused.err) == (1, True)
    assert run("db", "restore", "b.zip", "--replace").code == 0
    assert {name: run("export", name, "-").out for name in registers} == registers
    assert "孔明灯办法.md" in run("kb", "list").out

    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path / "fresh"))
    shutil.copytree(data_dir / "jieba", tmp_path / "fresh" / "jieba")
    assert run("db", "restore", "b.zip", "--json").json()["originals"] == 1
    assert {name: run("export", name, "-").out for name in registers} == registers
    assert run("kb", "search", "放飞孔明灯", "--top", "1", "--json").out == hit
    assert [path.read_text() for path in (tmp_path / "fresh" / "originals").iterdir()] == [law.read_text()]
    assert run("db", "check").code == 0


def test_db_commands_never_put_the_demo_in(run: Run, empty_dir: Path, tmp_path: Path) -> None:
    for command in (("check",), ("backup", tmp_path / "b.zip")):
        ran = run("db", *command)
        assert (ran.code, "还没有数据库" in ran.err) == (1, True)
    assert not (empty_dir / "lianxin.db").exists()
    assert run("db", "upgrade").out.startswith("数据库已升级到 ")
    assert run("db", "upgrade").out.startswith("数据库已是最新版本")
    made = run("db", "backup", tmp_path / "b.zip", "--json").json()
    assert {name: count for name, count in made["rows"].items() if count} == {
        "corpus": 1,
        "personal_detail": 2,
    }
    assert run("db", "restore", tmp_path / "b.zip").code == 0


def test_backup_names_what_is_in_the_way(run: Run, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "夹").mkdir()
    for target, says in (("夹", "这是文件夹"), ("没有/b.zip", "没有这个文件或文件夹")):
        ran = run("db", "backup", target)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert says in ran.err
    missing = run("db", "restore", "无.zip")
    assert (missing.code, missing.err) == (1, "没有这个文件或文件夹：无.zip\n")


def test_manifest_is_a_plain_value(archive: Path) -> None:
    with archive_of(archive, Sealer([DEVELOPMENT_KEY])) as found:
        manifest = Manifest(**json.loads(found.read("manifest.json")))
        assert set(found.namelist()) == {"manifest.json", *manifest.files}
    assert (manifest.product, manifest.schema, manifest.database) == ("lianxin", schema.head(), "sqlite")


def test_a_bare_backup_of_an_earlier_version_is_restored_and_its_words_are_sealed(
    tmp_path: Path, clock: FrozenClock, sqlite_url: str
) -> None:
    """Its inbox, outbox and feedback lay in the open."""
    old = Database(f"sqlite:///{tmp_path / 'old.db'}", clock.now)
    with old.engine.begin() as connection:
        schema.migrate(connection, "0010")
        connection.execute(
            text(
                "INSERT INTO feedback (at, kind, text, answer) VALUES ('2026-03-05', 'comment', '找王秀英', '')"
            )
        )
    backup(old, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    old.close()
    _bare(tmp_path / "b.zip")
    assert zipfile.is_zipfile(tmp_path / "b.zip")

    database = Database(sqlite_url, clock.now)
    restore(database, tmp_path / "b.zip", tmp_path / "o")
    assert [each.text for each in database.read_now(lambda uow: uow.feedback.all())] == ["找王秀英"]
    assert keys.verify_now(database)
    database.close()
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert not [path for path in folder.iterdir() if "找王秀英".encode() in path.read_bytes()]


def test_a_backup_opens_with_its_key_alone(filled: Database, tmp_path: Path, clock: FrozenClock) -> None:
    filled.run_now(lambda uow: uow.details.keep("wish:1", "contact", "王秀英 13812345678"))
    made = backup(filled, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    raw = (tmp_path / "b.zip").read_bytes()
    assert raw.startswith(b"LIANXIN-SEALED 1 " + Sealer([DEVELOPMENT_KEY]).fingerprint.encode() + b"\n")
    assert not zipfile.is_zipfile(tmp_path / "b.zip")
    stranger = Database(f"sqlite:///{tmp_path / 'stranger.db'}", clock.now, ("x" * 32,))
    with pytest.raises(OtherKey, match=Sealer([DEVELOPMENT_KEY]).fingerprint):
        restore(stranger, tmp_path / "b.zip", tmp_path / "o")
    assert schema.is_empty(stranger)
    stranger.close()
    heir = Database(f"sqlite:///{tmp_path / 'heir.db'}", clock.now, ("x" * 32, DEVELOPMENT_KEY))
    assert restore(heir, tmp_path / "b.zip", tmp_path / "o") == made
    assert heir.run_now(lambda uow: uow.details.read("wish:1", by="member:1")) == {
        "contact": "王秀英 13812345678"
    }
    heir.close()


def test_details_sealed_with_a_key_we_lack_are_not_restored(
    filled: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """The file opens with the new key, but what is in it was never sealed again."""
    both = Database(filled.url, clock.now, ("x" * 32, DEVELOPMENT_KEY))
    backup(both, tmp_path / "none", tmp_path / "b.zip", made_at=clock.now())
    both.close()
    new = Database(f"sqlite:///{tmp_path / 'new.db'}", clock.now, ("x" * 32,))
    with pytest.raises(keys.WrongKey):
        restore(new, tmp_path / "b.zip", tmp_path / "o")
    assert schema.is_empty(new)
    new.close()


def test_the_command_line_names_the_key_that_is_missing(
    run: Run, tmp_path: Path, archive: Path, empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_DATA_KEY", "y" * 32)
    ran = run("db", "restore", archive)
    fingerprint = Sealer([DEVELOPMENT_KEY]).fingerprint
    assert (ran.code, ran.err) == (
        1,
        f"这份备份是用另一把密钥封存的（指纹 {fingerprint}），没有恢复，数据库没有动；"
        "请把做备份时的 BOT_DATA_KEY 加进现在的设置，用逗号隔开。\n",
    )
