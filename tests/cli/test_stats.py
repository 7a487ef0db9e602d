"""`stats wishes`: the figures of the chat, for a terminal and for a program."""

from pathlib import Path

from handlers.wishes.statistics.phrases import NoSuchPlace
from tests.cli.conftest import Run


def test_figures_as_text_and_as_json(run: Run, data_dir: Path) -> None:
    told = run("stats", "wishes").out
    assert told.splitlines()[0].startswith("【") and "征集 6　认领 3　点亮 1　超期 0" in told
    plain = run("stats", "wishes", "--place", "清河镇", "--json").json()
    assert plain["total"] == {"collected": 6, "claimed": 3, "lit": 1, "overdue": 0}
    assert [row["place"] for row in plain["places"]] == ["永续社区", "和美村"]
    assert sum(plain["states"].values()) == 6
    assert plain["lit_percent"] == 17
    months = [{key: month[key] for key in plain["total"]} for month in plain["months"]]
    assert {key: sum(month[key] for month in months) for key in plain["total"]} == plain["total"]


def test_of_a_kind_and_a_month(run: Run, data_dir: Path) -> None:
    goods = run("stats", "wishes", "本月", "物品", "--place", "清河镇", "--json").json()
    assert (goods["kind"], goods["kinds"], goods["total"]["collected"]) == ("goods", [], 4)


def test_words_that_are_neither_time_nor_kind(run: Run, data_dir: Path) -> None:
    ran = run("stats", "wishes", "火星村")
    assert (ran.code, ran.err) == (1, f"{NoSuchPlace('火星村').sentence}\n")
    assert run("stats", "wishes", "--place", "火星村").code == 1
