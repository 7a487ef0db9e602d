"""`digest poster`, `digest import`, `digest feed`: from the command line, on the demo."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.cli.conftest import Run

GROUP = "永续社区连心群"
ARTICLE = "# 一个新书记，三个帮手\n来源：公开报道\n\n配三个帮手，一人一份计划。\n"
PNG = b"\x89PNG\r\n\x1a\n"


def sheet(path: Path, *rows: list[str]) -> Path:
    book = Workbook()
    for row in (["类别", "标题", "正文", "来源"], *rows):
        book.active.append(row)
    book.save(path)
    return path


def test_a_poster_is_written(run: Run, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "早报.png"
    ran = run("digest", "poster", "--group", GROUP, "--on", "2099-03-05", file)
    assert ran.code == 0, ran.err
    body = file.read_bytes()
    assert body.startswith(PNG)
    width, height = (int.from_bytes(body[at : at + 4], "big") for at in (16, 20))
    assert ran.out == f"已存为 早报.png：{width}×{height}，{len(body) / 1024:.0f} KB。\n"
    assert (width, len(body) < 600 * 1024) == (1080, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--group", GROUP, "甲.jpg"], "图只能存成 .png，文件名请以 .png 结尾。"),
        (["--group", "没这群", "甲.png"], "没有“没这群”这个群。"),
        (["--group", GROUP, "--on", "明天", "甲.png"], "日期“明天”看不懂"),
        (["--group", GROUP, "--on", "2001-01-01", "甲.png"], f"【{GROUP}】2001-01-01 没有内容，不出图。"),
        (["--group", GROUP, "--on", "2099-03-05", "没有的/甲.png"], ""),
    ],
)
def test_a_poster_that_cannot_be_made(run: Run, data_dir: Path, arguments: list[str], told: str) -> None:
    ran = run("digest", "poster", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith(told)


def test_files_are_imported_once(run: Run, data_dir: Path, tmp_path: Path) -> None:
    one, table = tmp_path / "甲.md", tmp_path / "表.xlsx"
    one.write_text(ARTICLE, encoding="utf-8")
    sheet(
        table,
        ["每日一读", "先接下再说", "归谁管回头再问。", "条例"],
        ["天气", "明天有雨", "带伞。", ""],
        ["", "没写类别的", "归到命令行写的。", ""],
    )
    said = [
        "新增　甲.md《一个新书记，三个帮手》",
        "新增　表.xlsx 第 2 行《先接下再说》",
        "没收　表.xlsx 第 3 行《明天有雨》：没有“天气”这个类别，可以写：政策、案例、每日一读。",
        "新增　表.xlsx 第 4 行《没写类别的》",
    ]
    call = ("digest", "import", one, table, "--kind", "案例")
    dry = run(*call, "--dry-run")
    assert (dry.code, dry.out.splitlines()) == (
        0, [*said, "试导入（没有真的导入）：新增 3 篇，更新 0 篇，没变 0 篇，没收 1 篇。"]
    )  # fmt: skip
    assert run(*call).out.splitlines() == [*said, "导入完毕：新增 3 篇，更新 0 篇，没变 0 篇，没收 1 篇。"]
    one.write_text(ARTICLE.replace("三个帮手，一人", "四个帮手，一人"), encoding="utf-8")
    again = run(*call, "--json").json()
    assert (again["dry_run"], again["changed"], again["same"], again["refused"]) == (False, 1, 2, 1)
    assert [row["outcome"] for row in again["articles"]] == ["changed", "same", "refused", "same"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("甲.md", ARTICLE, "没收　甲.md：一个文件一篇的，要用 --kind 写明类别：政策、案例、每日一读。"),
        ("甲.zip", "PK", "没收　甲.zip：认不得“.zip”这种文件"),
        ("表.csv", "标题,来源\n甲,乙\n", "没收　表.csv：缺少表头：正文。"),
        (None, "", "没收　没有.md：没有这个文件。"),
    ],
)
def test_when_nothing_could_be_read_it_fails(
    run: Run, data_dir: Path, tmp_path: Path, name: str | None, text: str, told: str
) -> None:
    file = tmp_path / (name or "没有.md")
    if name:
        file.write_text(text, encoding="utf-8")
    ran = run("digest", "import", file)
    assert (ran.code, ran.err) == (1, "导入完毕：新增 0 篇，更新 0 篇，没变 0 篇，没收 1 篇。\n")
    assert ran.out.startswith(told)


def test_feeds_of_the_settings(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address leads inside, so that the test asks nobody."""
    assert run("digest", "feed", "list").out == "没有订阅源。要用就在设置 BOT_FEEDS 里写上网址，重新启动。\n"
    monkeypatch.setenv("BOT_FEEDS", "http://127.0.0.1:9/rss，http://169.254.169.254/")
    assert run("digest", "feed", "list").out.splitlines() == [
        "http://127.0.0.1:9/rss　还没取过",
        "http://169.254.169.254/　还没取过",
    ]
    problems = [row["problem"] for row in run("digest", "feed", "fetch", "--json").json()]
    assert problems == ["网址指向内网或本机，不取。"] * 2
    assert run("digest", "feed", "list").out.count("网址指向内网或本机，不取。") == 2
    assert run("digest", "feed", "waiting").out == "没有等着审的。\n"
    assert run("digest", "feed", "waiting", "--json").json() == []
    for call in (("take", "1", "--kind", "案例"), ("drop", "1")):
        ran = run("digest", "feed", *call)
        assert (ran.code, ran.err) == (1, "1 不在等着审的里头。\n")


@pytest.mark.parametrize(
    "feeds", ["ftp://a.example/", "a.example/rss", "http://u:p@a.example/", "file:///etc/passwd"]
)
def test_a_wrong_feed_is_named_at_start(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch, feeds: str
) -> None:
    monkeypatch.setenv("BOT_FEEDS", f"https://ok.example/rss,{feeds}")
    ran = run("digest", "feed", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "BOT_FEEDS" in ran.err


def test_an_entry_is_taken_or_dropped(run: Run, data_dir: Path) -> None:
    from bot.clock import SystemClock
    from storage.database import Database
    from storage.feeds import NewEntry
    from storage.uow import UnitOfWork

    def announce(uow: UnitOfWork) -> None:
        uow.feeds.take_turn("https://a.example/rss")
        uow.feeds.looked("https://a.example/rss", title="民政局")
        uow.feeds.add(
            "https://a.example/rss", [NewEntry(f"k{n}", f"题{n}", "文。", "", None) for n in (1, 2)]
        )

    run("digest", "feed", "list")
    database = Database(f"sqlite:///{data_dir / 'lianxin.db'}", SystemClock("Asia/Shanghai").now)
    database.run_now(announce)
    database.close()
    assert run("digest", "feed", "waiting").out.splitlines() == ["1. 题1（民政局）", "2. 题2（民政局）"]
    taken = run("digest", "feed", "take", "1", "--kind", "案例")
    assert taken.out.splitlines() == [
        "新增　#1《题1》",
        "导入完毕：新增 1 篇，更新 0 篇，没变 0 篇，没收 0 篇。",
    ]
    assert run("digest", "feed", "drop", "2").out == "1 条不要了。\n"
    assert run("digest", "feed", "waiting", "--json").json() == []
