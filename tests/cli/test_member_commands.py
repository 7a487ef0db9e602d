"""`member`: past and present, accounts, codes as pictures, leaving; and `permissions`."""

import json
from pathlib import Path

import pytest

from bot.cli.members import masked
from handlers import FEATURES
from storage.database import Database
from storage.members import Role
from storage.uow import UnitOfWork
from tests.cli.conftest import Run
from tests.clock import FrozenClock

CORP = "ww0000"


def stored(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'lianxin.db'}", FrozenClock("2026-03-05 09:00").now)


def speak_from(folder: Path, name: str, *accounts: tuple[str, str, str]) -> None:
    """Let a member have these accounts: (channel, id, tenant)."""

    def join(uow: UnitOfWork) -> None:
        (member,) = uow.members.named(name)
        for channel, external_id, tenant in accounts:
            uow.members.open_account(member.id, channel, external_id, tenant)

    database = stored(folder)
    database.run_now(join)
    database.close()


def rows(run: Run, *arguments: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run("member", "list", "--json", *arguments).json()
    return found


def test_the_list_has_the_roles_of_today_and_all_those_of_before(run: Run, data_dir: Path) -> None:
    assert set(rows(run)[0]) == {"name", "role", "place"}
    ran = run("member", "leave", "小钱", "--to", "陈大爷", "--yes")
    assert (ran.code, ran.out) == (0, "交接办好了：\n  身份：永续社区志愿者，交给陈大爷\n")
    today = {(row["name"], row["role"]) for row in rows(run)}
    assert {("小钱", "resident"), ("陈大爷", "volunteer")} <= today
    assert ("小钱", "volunteer") not in today
    past = [row for row in rows(run, "--all") if (row["name"], row["role"]) == ("小钱", "volunteer")]
    assert [set(row) for row in past] == [{"name", "role", "place", "since", "until", "accounts"}]
    assert past[0]["until"] is not None
    assert (
        f"小钱  志愿者  永续社区  {past[0]['since']}至{past[0]['until']}"
        in run("member", "list", "--all").out
    )


def test_leaving_is_tried_first(run: Run, data_dir: Path) -> None:
    before = rows(run, "--all")
    ran = run("member", "leave", "小孙@永续社区", "--to", "小周")
    assert ran.out.splitlines() == [
        "小孙要交接的：",
        "  身份：永续社区志愿者，交给小周",
        "  认领了还没送达的心愿：#3，交给小周",
        "还没有办。核对无误，加 --yes 再来一遍。",
    ]
    assert rows(run, "--all") == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["没这人"], "没有“没这人”这个人。"),
        (["小孙", "--to", "小孙"], "交的人和接的人是同一个，请写明交给谁。"),
        (["小孙", "--to", "没这人"], "没有“没这人”这个人。"),
        (["张大妈@和美村"], "没有“张大妈@和美村”这个人。"),
    ],
)
def test_what_cannot_be_handed_over_is_one_sentence(
    run: Run, data_dir: Path, arguments: list[str], says: str
) -> None:
    ran = run("member", "leave", *arguments, "--yes")
    assert (ran.code, ran.out, ran.err) == (1, "", f"{says}\n")


def test_accounts_are_shown_masked_and_one_can_be_cut_off(run: Run, data_dir: Path) -> None:
    assert run("member", "accounts", "小周").out == "小周还没有绑定聊天账号。\n"
    speak_from(
        data_dir, "小周", ("official_account", "oVillager_0001", "wx1"), ("wecom_app", "xiaozhou", CORP)
    )
    assert run("member", "accounts", "小周").out == "1  公众号  oVi…01\n2  企业微信应用  xi…\n"
    assert run("member", "accounts", "小周", "--json").json() == [
        {"number": 1, "channel": "official_account", "account": "oVi…01", "reachable": True},
        {"number": 2, "channel": "wecom_app", "account": "xi…", "reachable": True},
    ]
    ran = run("member", "unbind", "小周", "3")
    assert (ran.code, ran.err) == (1, "小周没有第 3 个账号，先用 member accounts 看看。\n")
    ran = run("member", "unbind", "小周", "1")
    assert (ran.code, ran.out[:16]) == (0, "已解除小周的公众号 oVi…01")
    assert run("member", "accounts", "小周").out == "1  企业微信应用  xi…\n"
    audit = run("export", "audit", "-").rows()
    assert [(row["action"], row["before"]) for row in audit][-1] == ("unbind", "account:official_account")


def test_no_id_is_ever_shown_whole() -> None:
    for external_id in ("o", "li", "lihua", "xiaozhou", "oVillager_0001"):
        assert external_id not in masked(external_id)


def test_a_colleague_in_the_roster_is_known_by_their_userid(
    run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "姓名,身份,地点,任职时间,离任时间,企业微信账号\n丁会计,志愿者,永续社区,2025-03-01,,dingkj\n"
    (tmp_path / "名单.csv").write_text(text + "丁会计,网格员,永续社区,2024-03-01,2025-02-28,\n")
    ran = run("member", "import", tmp_path / "名单.csv")
    assert (ran.code, "写了企业微信账号，但还没有设置 WECOM_CORP_ID" in ran.err) == (1, True)
    for name, value in (("CORP_ID", CORP), ("AGENT_ID", "1"), ("SECRET", "s" * 43), ("TOKEN", "t" * 10)):
        monkeypatch.setenv(f"WECOM_{name}", value)
    monkeypatch.setenv("WECOM_AES_KEY", "A" * 43)
    assert run("member", "import", tmp_path / "名单.csv").out.startswith("新增 2，没变 0。")
    assert run("member", "import", tmp_path / "名单.csv").out.startswith("新增 0，没变 2。")
    found = [row for row in rows(run, "--all") if row["name"] == "丁会计"]
    assert [(row["role"], row["since"], row["until"], row["accounts"]) for row in found] == [
        ("volunteer", "2025-03-01", None, 1), ("grid_worker", "2024-03-01", "2025-02-28", 1),
    ]  # fmt: skip
    database = stored(data_dir)
    known = database.read_now(lambda uow: uow.members.known_as(["wecom_app"], "dingkj", CORP, ""))
    database.close()
    assert known is not None and (known.name, known.roles) == ("丁会计", {Role.VOLUNTEER})


def test_wrong_days_and_accounts_are_named(
    run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CORP_ID", CORP), ("AGENT_ID", "1"), ("SECRET", "s" * 43), ("TOKEN", "t" * 10)):
        monkeypatch.setenv(f"WECOM_{name}", value)
    monkeypatch.setenv("WECOM_AES_KEY", "A" * 43)
    speak_from(data_dir, "小周", ("wecom_app", "xiaozhou", CORP))
    lines = [
        "姓名,身份,地点,任职时间,企业微信账号",
        "甲,志愿者,永续社区,去年,",
        "乙,志愿者,永续社区,,李华",
        "丙,志愿者,永续社区,,xiaozhou",
    ]
    (tmp_path / "名单.csv").write_text("\n".join(lines))
    before = rows(run)
    assert run("member", "import", tmp_path / "名单.csv").err.splitlines()[1:4] == [
        "  第 2 行 D 列：日期“去年”看不懂，请写成 2026-03-05",
        "  第 3 行 E 列：“李华”不像企业微信账号（只能是字母、数字和 - _ @ .）",
        "  第 4 行 E 列：企业微信账号“xiaozhou”是别人的",
    ]
    assert rows(run) == before


INVITE = ("member", "invite", "--role", "志愿者", "--place", "永续社区")


def test_a_code_is_drawn_here_without_any_account(run: Run, data_dir: Path, tmp_path: Path) -> None:
    for name, head in (("码.png", b"\x89PNG"), ("码.svg", b"<?xml")):
        ran = run(*INVITE, "--qr", "--picture", tmp_path / name)
        code = ran.out.removeprefix("邀请码 ")[:9]
        assert f"/绑定 {code}" in ran.out and "扫下面的码，把显示的话发给我：" in ran.out
        assert ran.out.count("█") > 100
        assert ran.err == f"二维码已存到 {tmp_path / name}。\n"
        assert (tmp_path / name).read_bytes().startswith(head)


def test_a_code_says_the_binding_page_where_there_is_one(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CORP_ID", CORP), ("AGENT_ID", "1"), ("SECRET", "s" * 43), ("TOKEN", "t" * 10)):
        monkeypatch.setenv(f"WECOM_{name}", value)
    monkeypatch.setenv("WECOM_AES_KEY", "A" * 43)
    monkeypatch.setenv("BOT_PUBLIC_URL", "https://lianxin.example.org")
    made = run(*INVITE, "--qr", "--json").json()
    assert made["says"] == made["link"] == f"https://lianxin.example.org/wecom/bind?invite={made['code']}"
    plain = run(*INVITE, "--json").json()
    assert set(plain) == {"code", "role", "place", "name", "expires_at"}


def test_a_picture_of_another_kind_is_refused_before_a_code_is_made(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    before = len(run("export", "audit", "-").rows())
    ran = run(*INVITE, "--picture", tmp_path / "码.gif")
    assert (ran.code, ran.out, ran.err) == (1, "", "图片要存成 .png 或 .svg，您写的是“码.gif”。\n")
    assert len(run("export", "audit", "-").rows()) == before


def test_the_table_of_rights_is_printed(run: Run, data_dir: Path) -> None:
    lines = run("permissions").out.splitlines()
    assert "/推送  村（社区）干部 本地及以下" in lines
    assert "/我  所有人 本人的" in lines
    told = json.loads(run("permissions", "--json").out)
    commands = [command.name for feature in FEATURES for command in feature.commands]
    assert [row["command"] for row in told] == commands
    (push,) = [row["allow"] for row in told if row["command"] == "推送"]
    assert push == {"coordinator": "place"}
