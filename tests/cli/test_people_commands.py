"""`member`, `place`, `group`: what they take and show, and that a wrong roster changes nothing."""

import json
import re
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.phrases.county import NO_PLACES
from bot.phrases.members import NO_MEMBERS
from tests.cli.conftest import Run

WEBHOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4-97a0-0ec2sifa5bcd"
ROSTER = """姓名,身份,地点
丁会计,村（社区）干部,永续社区
丁会计,volunteer,永续社区
小周,网格员,永续社区

段奶奶,,和美村
"""


def _member_rows(run: Run) -> list[tuple[str, str, str]]:
    return [(row["name"], row["role"], row["place"]) for row in run("member", "list", "--json").json()]


def test_the_demo_is_there_at_the_first_command_and_only_once(run: Run, empty_dir: Path) -> None:
    rows = _member_rows(run)
    assert ("李书记", "first_secretary", "永续社区") in rows
    assert ("张大妈", "resident", "永续社区") in rows
    assert _member_rows(run) == rows
    assert len(run("export", "wishes", "-").rows()) == len(
        {row["no"] for row in run("export", "wishes", "-").rows()}
    )


def test_production_starts_empty(run: Run, empty_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_ENV", "production")
    for name in ("BOT_SECRET_KEY", "BOT_DATA_KEY"):
        monkeypatch.setenv(name, "k" * 40)
    assert (run("member", "list", "--json").out, run("place", "list", "--json").out) == ("[]\n", "[]\n")
    assert [(run(what, "list").out, run(what, "list").err) for what in ("member", "place")] == [
        ("", f"{NO_MEMBERS}\n"), ("", f"{NO_PLACES}\n"),
    ]  # fmt: skip
    assert run("place", "add", "永续社区", "--kind", "社区").code == 0
    assert run("place", "list", "--json").json() == [
        {"name": "永续社区", "kind": "community", "parent": None}
    ]
    assert run("group", "add", "群一", "--place", "永续社区").code == 0
    assert [row["channel"] for row in run("group", "list", "--json").json()] == ["group_robot"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_roster_in_csv(run: Run, data_dir: Path, tmp_path: Path, encoding: str) -> None:
    before = _member_rows(run)
    (tmp_path / "名单.csv").write_bytes(ROSTER.encode(encoding))
    told = run("member", "import", tmp_path / "名单.csv", "--json").json()
    assert (told["written"], told["added"], told["granted"], told["unchanged"]) == (True, 2, 2, 0)
    assert sorted(set(_member_rows(run)) - set(before)) == sorted(
        [
            ("丁会计", "coordinator", "永续社区"),
            ("丁会计", "volunteer", "永续社区"),
            ("小周", "grid_worker", "永续社区"),
            ("段奶奶", "resident", "和美村"),
        ]
    )


def test_a_roster_in_xlsx_and_in_json_lines_again_changes_nothing(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([])
    sheet.append([" 序号", "地点 ", "姓名", "角色"])
    sheet.append([1, "永续社区", "丁会计", "志愿者"])
    book.save(tmp_path / "名单.xlsx")
    row = {"name": "丁会计", "role": "volunteer", "place": "永续社区"}
    (tmp_path / "名单.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n")
    assert run("member", "import", tmp_path / "名单.xlsx").out == "新增 1，没变 0。\n"
    assert run("member", "import", tmp_path / "名单.jsonl").out == "新增 0，没变 1。\n"


def test_each_bad_row_is_named_and_none_is_taken(run: Run, data_dir: Path, tmp_path: Path) -> None:
    before = _member_rows(run)
    rows = [
        "姓名,身份,地点",
        "好人,志愿者,永续社区",
        ",志愿者,永续社区",
        "甲,村长,永续社区",
        "乙,志愿者,火星",
    ]
    rows += ["丙,志愿者,", "=1+1,志愿者,永续社区"]
    (tmp_path / "名单.csv").write_text("\n".join(rows))
    ran = run("member", "import", tmp_path / "名单.csv")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "有 5 处不对，什么也没有写入：",
        "  第 3 行 A 列：没有写姓名",
        "  第 4 行 B 列：没有“村长”这个身份，可以写："
        "村民、志愿者、网格员、民情书记、第一书记、村（社区）干部、儿童主任、县委组织部、系统管理员",
        "  第 5 行 C 列：没有“火星”这个地点",
        "  第 6 行 C 列：没有写地点",
        "  第 7 行 A 列：“=1+1”不能当姓名（空的、太长，或以 = + - @ 开头）",
        "改好再导入；--report 文件.xlsx 可把逐行的结果另存出来，--skip-bad 可跳过不对的行。",
    ]
    assert _member_rows(run) == before


def test_a_formula_in_a_workbook_is_only_its_words(run: Run, data_dir: Path, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["姓名", "身份", "地点"], ['=WEBSERVICE("http://x")', "志愿者", "永续社区"]):
        sheet.append(row)
    book.save(tmp_path / "名单.xlsx")
    ran = run("member", "import", tmp_path / "名单.xlsx")
    assert ran.code == 1
    assert "第 2 行 A 列：是公式，请粘贴成数值：=WEBSERVICE" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("名单.csv", b"", "文件是空的"),
        ("名单.csv", b"\x00\xff\x00\xff", "文字编码认不出来"),
        ("名单.csv", "姓名,地点\n甲,永续社区\n".encode(), "第 1 行表头缺少：身份"),
        ("名单.csv", "姓名,身份,地点\n".encode(), "文件是空的"),
        ("名单.xlsx", b"PK not a workbook", "表格打不开"),
        ("名单.jsonl", b'{"name": "x"}\n[1]\n', "第 2 行不是一个 JSON 对象"),
        ("名单.pdf", b"%PDF", "认不得“.pdf”"),
    ],
)
def test_a_table_that_cannot_be_read(
    run: Run, data_dir: Path, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ran = run("member", "import", tmp_path / name)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err


def test_missing_folder_and_huge_files(run: Run, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "夹.csv").mkdir()
    with (tmp_path / "大.csv").open("wb") as sparse:
        sparse.truncate(200 * 1024 * 1024)
    for name, says in (("无.csv", "没有这个文件"), ("夹.csv", "这是文件夹"), ("大.csv", "200 MB")):
        ran = run("member", "import", tmp_path / name)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert says in ran.err


def test_an_invite_binds_once(run: Run, data_dir: Path) -> None:
    made = run(
        "member", "invite", "--role", "志愿者", "--place", "永续社区", "--name", "新人", "--json"
    ).json()
    assert made.keys() == {"code", "role", "place", "name", "expires_at"}
    assert (made["role"], made["place"], made["name"]) == ("volunteer", "永续社区", "新人")
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", made["code"])
    assert made["expires_at"].endswith("+08:00")
    bound = run("chat", "--as", "生人", stdin=f"/绑定 {made['code'].lower()}\n/绑定 {made['code']}\n").out
    assert "绑定好了" in bound and "已经用过了" in bound
    assert ("新人", "volunteer", "永续社区") in _member_rows(run)
    assert made["code"].encode() not in (data_dir / "lianxin.db").read_bytes()


def test_an_invite_for_a_known_member_is_that_members(run: Run, data_dir: Path) -> None:
    code = run(
        "member", "invite", "--role", "grid_worker", "--place", "永续社区", "--name", "小周", "--json"
    ).json()["code"]
    run("chat", "--as", "生人", stdin=f"/绑定 {code}\n")
    assert [row for row in _member_rows(run) if row[0] == "小周"] == [
        ("小周", "volunteer", "永续社区"),
        ("小周", "grid_worker", "永续社区"),
    ]


def test_wrong_invites(run: Run, data_dir: Path) -> None:
    for role, place, says in (
        ("村长", "永续社区", "没有“村长”这个身份"),
        ("志愿者", "火星", "没有“火星”这个地点"),
    ):
        ran = run("member", "invite", "--role", role, "--place", place)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert says in ran.err


def test_places_by_hand_and_by_table(run: Run, data_dir: Path, tmp_path: Path) -> None:
    assert run("place", "add", "东村", "--kind", "村", "--parent", "清河镇").out == "已添加地点“东村”。\n"
    assert run("place", "add", "东村").out == "地点“东村”已经有了，没有变化。\n"
    (tmp_path / "地点.csv").write_text("名称,类别,上级\n一组,,北村\n北村,村,南镇\n南镇,镇,金山县\n东村,,\n")
    assert run("place", "import", tmp_path / "地点.csv").out == (
        "新增 3，没变 1。\n其中镇街 1、村 1、地点 1。\n"
    )
    rows = {row["name"]: (row["kind"], row["parent"]) for row in run("place", "list", "--json").json()}
    assert [rows[name] for name in ("一组", "北村", "南镇", "东村")] == [
        ("", "北村"), ("village", "南镇"), ("town", "金山县"), ("village", "清河镇"),
    ]  # fmt: skip


def test_two_villages_of_one_name(run: Run, data_dir: Path, tmp_path: Path) -> None:
    for town in ("南镇", "清河镇"):
        run("place", "add", town, "--kind", "镇", "--parent", "金山县")
        made = run("place", "add", "东村", "--kind", "村", "--parent", town)
    assert made.out == "已添加地点“东村”。\n另有南镇/东村也叫“东村”，以后请写“清河镇/东村”。\n"
    unclear = run("group", "set", "永续社区连心群", "--place", "东村")
    assert (unclear.code, unclear.err) == (
        1, "叫“东村”的地点不止一个，请写成其中一个：南镇/东村、清河镇/东村\n",
    )  # fmt: skip
    for said in ("东村@南镇", "南镇/东村", "金山县/南镇/东村", "东村＠南镇"):
        assert run("group", "set", "永续社区连心群", "--place", said).code == 0
    assert run("group", "list", "--json").json()[0]["place"] == "东村"
    roster = tmp_path / "名单.csv"
    roster.write_text("姓名,身份,地点\n甲,干部,东村\n乙,干部,东村@南镇\n", encoding="utf-8")
    ran = run("member", "import", roster, "--skip-bad")
    assert (ran.out, ran.err.splitlines()[1]) == (
        "新增 1，没变 0。\n", "  第 2 行 C 列：叫这个名称的不止一个，请写成“村@镇”：南镇/东村、清河镇/东村",
    )  # fmt: skip
    made = run("member", "invite", "--role", "干部", "--place", "东村@南镇", "--json").json()
    assert (made["role"], made["place"]) == ("coordinator", "南镇/东村")
    places = run("place", "list", "--json").json()
    assert [place["parent"] for place in places if place["name"] == "东村"] == ["南镇", "清河镇"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("东村", "--kind", "村", "--parent", "永续社区"), "村不能在社区下面。"),
        (("三号责任田", "--kind", "责任田"), "责任田要有上级。"),
        (("清河镇", "--kind", "村", "--parent", "金山县"), "“清河镇”库里是另一种类别。"),
        (
            ("东村", "--kind", "星球"),
            "没有“星球”这个类别，可以写：省、市、县、乡镇、村、社区、责任田、单位。",
        ),
        (("=1+1",), "不能当名称"),
        (("东村", "--parent", "火星"), "没有“火星”这个地点"),
    ],
)
def test_places_that_cannot_be(run: Run, data_dir: Path, options: tuple[str, ...], says: str) -> None:
    ran = run("place", "add", *options)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err


def test_places_in_a_circle_are_refused(run: Run, data_dir: Path, tmp_path: Path) -> None:
    before = run("place", "list", "--json").json()
    (tmp_path / "地点.csv").write_text("名称,类别,上级\n好村,村,清河镇\n甲,村,乙\n乙,村,甲\n丙,星球,\n")
    ran = run("place", "import", tmp_path / "地点.csv")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[:4] == [
        "有 3 处不对，什么也没有写入：",
        "  第 3 行 C 列：“甲”的上级一层层数上去又是它自己",
        "  第 4 行 C 列：“乙”的上级一层层数上去又是它自己",
        "  第 5 行 B 列：没有“星球”这个类别，可以写：省、市、县、乡镇、村、社区、责任田、单位",
    ]
    assert run("place", "list", "--json").json() == before


def test_a_group_from_its_options(run: Run, data_dir: Path) -> None:
    options = [
        "--webhook",
        WEBHOOK,
        "--push-time",
        "7:30",
        "--owner",
        "李书记",
        "--purpose",
        "政策  问答",
        "--ends",
        "2099-12-31",
    ]
    assert run("group", "add", "新群", "--place", "永续社区", *options).code == 0
    expected = {
        "name": "新群", "place": "永续社区", "channel": "group_robot",
        "webhook": "https://qyapi.weixin.qq.com/…5bcd", "push_time": "07:30", "subscribed": True,
        "owner": "李书记", "purpose": "政策 问答", "ends": "2099-12-31", "days": "工作日", "quiet": "20:00-07:00",
        "paused_until": None, "approval": False,
    }  # fmt: skip
    assert run("group", "list", "--json").json()[-1] == expected
    assert (
        run(
            "group", "set", "新群", "--no-subscribed", "--ends", "", "--webhook", "", "--owner", "王主任"
        ).code
        == 0
    )
    changed = {"subscribed": False, "ends": None, "webhook": "", "owner": "王主任"}
    listed = run("group", "list", "--json").json()[-1]
    assert listed == expected | changed
    assert WEBHOOK not in run("export", "audit", "-").out


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--push-time", "22:00"], 1, "推送时间要在 07:00 到 20:00 之间（不含 20:00）。"),
        (["--push-time", "早上"], 1, "时间“早上”看不懂"),
        (["--webhook", "http://evil.example/x"], 1, "https://"),
        (["--channel", "telegram"], 1, "没有“telegram”这个渠道"),
        (["--ends", "2020-01-01"], 1, "到期日 2020-01-01 已经过了。"),
        (["--ends", "下周"], 1, "日期“下周”看不懂"),
        (["--owner", "没这人"], 1, "没有“没这人”这个人。"),
        (["--place", "火星"], 1, "没有“火星”这个地点"),
        ([], 2, "请写明要改哪一项"),
    ],
)
def test_wrong_group_options_change_nothing(
    run: Run, data_dir: Path, options: list[str], code: int, says: str
) -> None:
    ran = run("group", "set", "永续社区连心群", *options)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err


def test_unknown_and_taken_groups(run: Run, data_dir: Path) -> None:
    ran = run("group", "set", "没这群", "--push-time", "08:00")
    assert (ran.code, ran.err) == (1, "没有“没这群”这个群。现有：永续社区连心群、和美村连心群\n")
    ran = run("group", "add", "和美村连心群", "--place", "和美村")
    assert (ran.code, ran.err) == (1, "已经有叫“和美村连心群”的群。\n")
    ran = run("group", "add", "=1+1", "--place", "和美村")
    assert (ran.code, "群名" in ran.err) == (1, True)
