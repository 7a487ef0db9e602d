"""`kb local`: amounts of this county, entered with their source; `kb card`: where each way of asking came from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import chat
from tests.cli.conftest import Run

ADD = (
    "kb", "local", "add", "农村低保标准", "每人每月760元", "--place", "金山县", "--document",
    "《关于提高低保标准的通知》", "--issued", "2025年7月1日", "--expires", "2099-06-30",
)  # fmt: skip
LINE = "金山县农村低保标准 每人每月760元（依据《关于提高低保标准的通知》，2025年7月；有效期至2099年6月30日）"
ROW = {
    "no": 1, "what": "农村低保标准", "value": "每人每月760元", "place": "金山县", "document": "关于提高低保标准的通知",
    "issued": "2025-07-01", "effective": "2025-07-01", "expires": "2099-06-30",
}  # fmt: skip
ASKED = "今年低保一个月多少钱"


def test_a_value_is_entered_listed_answered_and_removed(run: Run, data_dir: Path) -> None:
    assert run(*ADD).out == f"已登记 #1：{LINE}\n"
    assert run("kb", "local", "list", "--json").json() == [ROW]
    answer = run("kb", "ask", ASKED, "--place", "永续社区", "--json").json()
    assert (answer["answered"], answer["text"].splitlines()[0]) == (True, f"本地标准：{LINE}")
    assert answer["citations"] == [{"document": "关于提高低保标准的通知", "article": None, "source": None}]
    assert run("kb", "ask", ASKED, "--json").json()["answered"] is False
    assert run(*ADD[:4], "每人每月780元", *ADD[5:]).out.startswith(
        "已更正 #1：金山县农村低保标准 每人每月780元"
    )
    assert run("kb", "local", "remove", "1").out.startswith("已删除 #1：")
    assert run("kb", "local", "list").out == "还没有登记。用 kb local add 或 kb local import 登记。\n"
    audit = run("export", "audit", "-").rows()
    assert [(row["actor"], row["action"]) for row in audit if row["subject"] == "local_value:1"] == [
        ("operator", "local_value"),
        ("operator", "local_value"),
        ("operator", "remove"),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--place", "火星"), "没有“火星”这个地点"),
        (("--issued", "去年"), "文件日期“去年”看不懂，例如 2025-07-01。"),
        (("--expires", "2025-06-30"), "有效期比开始执行的日子还早，请核对。"),
        (("--document", "《》"), "依据的文件没有写，或超过 100 个字。"),
    ],
)
def test_a_wrong_value_is_told_and_not_kept(
    run: Run, data_dir: Path, change: tuple[str, str], told: str
) -> None:
    ran = run(*ADD, *change)
    assert (ran.code, told in ran.err) == (1, True)
    assert run("kb", "local", "list", "--json").json() == []
    assert run("kb", "local", "remove", "9").err.startswith("没有第 9 号本地标准")


def test_a_name_no_card_knows_is_told_with_the_nearest(run: Run, data_dir: Path) -> None:
    ran = run(*ADD[:3], "高龄老人补助", *ADD[4:])
    assert (ran.code, ran.out.startswith("已登记 #1：")) == (0, True)
    assert ran.err.startswith("提示：“高龄老人补助”不含词表里的任何名称")
    names = [row["name"] for row in run("kb", "local", "names", "--json").json()]
    assert {"低保标准", "高龄津贴"} <= set(names)


def test_a_table_is_entered_whole_or_not_at_all(run: Run, data_dir: Path, tmp_path: Path) -> None:
    table = tmp_path / "标准.csv"
    rows = "名称,数额,地方,依据,文件日期,有效期\n农村低保标准,每人每月760元,金山县,《低保通知》,2025-07-01,2099-06\n"
    table.write_bytes((rows + "高龄津贴80-89岁,每月100元,清河镇,津贴办法,2024年1月,\n").encode("gbk"))
    told = run("kb", "local", "import", table, "--json").json()
    assert told == {"added": 2, "corrected": 0, "unchanged": 0}
    again = run("kb", "local", "import", table, "--json").json()
    assert again == {"added": 0, "corrected": 0, "unchanged": 2}
    assert [row["expires"] for row in run("kb", "local", "list", "--json").json()] == ["2099-06-30", None]
    table.write_text(
        f"{rows}特困供养标准,,金山县,通知,2025-07-01,\n孤儿基本生活费,1元,火星,通知,2025-07-01,\n"
    )
    ran = run("kb", "local", "import", table)
    assert ran.code == 1
    assert ran.err.startswith(
        "一条也没有登记，有 2 处不对：\n  第 3 行：数额没有写，或超过 100 个字。\n  第 4 行：没有“火星”"
    )
    assert len(run("kb", "local", "list", "--json").json()) == 2


def test_check_names_values_past_their_day_and_bad_words(run: Run, data_dir: Path) -> None:
    run(*ADD[:-1], "2025-12-31")
    (data_dir / "lexicon").mkdir()
    (data_dir / "lexicon" / "colloquial.txt").write_text("拉呱 = 谈话\n唠嗑 谈话\n", encoding="utf-8")
    found = run("kb", "check", "--json").json()
    assert found["local_values"] == [
        {"no": 1, "what": "农村低保标准", "place": "金山县", "expires": "2025-12-31"}
    ]
    told = "colloquial.txt 第2行写法不对，应当是“左边 = 右边”。"
    assert found["lexicon"] == [{"file": "colloquial.txt", "line": 2, "fault": told}]
    assert told in run("kb", "check").out
    (check,) = [each for each in run("doctor", "--json").json()["checks"] if each["name"] == "lexicon"]
    assert (check["status"], told in check["what"]) == ("warning", True)


def test_show_tells_where_each_way_of_asking_came_from(run: Run, data_dir: Path) -> None:
    group = ("--group", "永续社区连心群")
    run(
        "chat",
        "--as",
        "小周",
        *group,
        "--at",
        "2026-03-05T09:00",
        stdin="/问 村口路灯不亮归谁修\n/问 灯黑半月该谁管\n",
    )
    run("chat", "--as", "王主任", stdin="/答复 1 报社区来修。\n/答复 2 同 1\n")
    shown = run("kb", "card", "1", "--json").json()
    assert (shown["card"], shown["source"], shown["places"], shown["answer"]) == (
        "keeper-1", "keeper/1", ["永续社区"], "报社区来修。",
    )  # fmt: skip
    assert [(a["text"], a["no"], a["place"], a["first"], a["times"]) for a in shown["aliases"]] == [
        ("村口路灯不亮归谁修", 1, "永续社区", "2026-03-05", 1),
        ("灯黑半月该谁管", 2, "永续社区", "2026-03-05", 1),
    ]
    assert (
        "  灯黑半月该谁管（问题 #2，永续社区，2026-03-05 第一次问，问过 1 次）"
        in run("kb", "card", "keeper-1").out
    )
    shipped = run("kb", "card", "dibao-apply", "--json").json()
    assert {alias["source"] for alias in shipped["aliases"]} == {"starter/dibao.toml"}
    missing = run("kb", "card", "dibao-aply")
    assert (missing.code, "您是不是要：dibao-apply" in missing.err) == (1, True)


def test_chat_sees_what_another_process_changed_while_it_waited(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    law = tmp_path / "金山县孔明灯办法.md"
    law.write_text(
        "# 金山县孔明灯办法\n\n第一条 放飞孔明灯应当在麦场登记，由村委会盖章。\n", encoding="utf-8"
    )
    arguments = [sys.executable, "-m", "bot", "chat", "--as", "小周", "--json"]
    root = Path(chat.__file__).resolve().parents[2]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
    ) as talk:  # fmt: skip
        assert talk.stdin is not None
        assert talk.stdout is not None

        def say(text: str) -> str:
            assert talk.stdin is not None
            assert talk.stdout is not None
            talk.stdin.write(f"{text}\n")
            talk.stdin.flush()
            said = json.loads(talk.stdout.readline())
            return str(said["replies"][0]["text"])

        assert say("/条文 金山县孔明灯办法 1").startswith("没找到《金山县孔明灯办法》第一条")
        assert run("kb", "import", law).code == 0
        assert "放飞孔明灯应当在麦场登记" in say("/条文 金山县孔明灯办法 1")
        talk.stdin.close()
        assert talk.wait(timeout=60) == 0
