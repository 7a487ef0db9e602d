"""`kb …`: what it takes, what it prints, and that doing it again changes nothing."""

import datetime
import hashlib
import json
import re
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.phrases.cli import why
from knowledge.ranking.reasons import RESPECTS
from tests.cli.conftest import Run, moved_in, run_here

LAW = """# 金山县孔明灯办法

（2025年3月1日公布）

第一条 为了管好孔明灯，制定本办法。

第二条 放飞孔明灯应当先到村（社区）登记，并避开麦场。

第三条 本办法自2025年5月1日起施行。
"""
HIT = {"document", "article", "source", "passage_id", "score", "text", "card"}


def _laws(root: Path) -> Path:
    """Two laws, one of them in GBK and in a sub-folder."""
    (root / "县").mkdir(parents=True)
    (root / "孔明灯办法.md").write_text(LAW)
    (root / "县" / "放炮.txt").write_bytes("第一条 不得在夜里燃放烟花爆竹。".encode("gbk"))
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _laws(tmp_path / "laws")


@pytest.fixture(scope="module")
def with_laws(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The furnished data folder after the two laws were imported."""
    home = tmp_path_factory.mktemp("with_laws")
    with pytest.MonkeyPatch.context() as patch:
        data = moved_in(furnished, home, patch)
        assert run_here("kb", "import", _laws(home / "laws")).code == 0
    return data


@pytest.fixture
def law_dir(with_laws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, where the commands of this test work."""
    return moved_in(with_laws, tmp_path, monkeypatch)


def test_import_reports_and_is_idempotent(run: Run, data_dir: Path, folder: Path) -> None:
    first = run("kb", "import", folder, "--json")
    expected = {
        "documents": 2, "passages": 4, "added": 2, "changed": 0, "unchanged": 0, "skipped": [], "gone": [],
        "removed": 0,
    }  # fmt: skip
    assert first.json() == expected
    assert first.err == ""
    assert run("kb", "import", folder, "--json").json() == expected | {"added": 0, "unchanged": 2}
    assert "没有变化" in run("kb", "import", folder).out


def test_changed_and_gone_files(run: Run, data_dir: Path, folder: Path) -> None:
    run("kb", "import", folder)
    (folder / "孔明灯办法.md").write_text(LAW.replace("麦场", "麦场和高压线"))
    (folder / "县" / "放炮.txt").unlink()
    told = run("kb", "import", folder, "--json").json()
    assert (told["changed"], told["gone"], told["removed"]) == (1, ["县/放炮.txt"], 0)
    assert "县/放炮.txt" in run("kb", "list").out
    assert "高压线" in run("kb", "search", "放飞孔明灯要登记吗", "--top", "1").out

    told = run("kb", "import", folder, "--json", "--prune").json()
    assert (told["gone"], told["removed"]) == (["县/放炮.txt"], 1)
    assert "县/放炮.txt" not in run("kb", "list").out
    assert "县/放炮.txt" not in run("kb", "search", "夜里放烟花爆竹", "--json").out


def test_a_file_that_cannot_be_read_is_not_gone(run: Run, data_dir: Path, folder: Path) -> None:
    run("kb", "import", folder)
    (folder / "孔明灯办法.md").write_bytes(b"")
    told = run("kb", "import", folder, "--json", "--prune").json()
    assert (told["gone"], told["removed"], len(told["skipped"])) == ([], 0, 1)
    assert "孔明灯办法.md" in run("kb", "list").out


def test_each_skipped_file_has_its_reason(run: Run, data_dir: Path, folder: Path) -> None:
    for name, content in {"空.md": b"", "图.jpg": b"\xff\xd8\xff", "乱.txt": b"\x00\x01\xff\xfe\x00"}.items():
        (folder / name).write_bytes(content)
    with (folder / "大.md").open("wb") as sparse:
        sparse.truncate(200 * 1024 * 1024)
    told = run("kb", "import", folder, "--json").json()
    assert told["documents"] == 2
    reasons = {Path(row["path"]).name: row["reason"] for row in told["skipped"]}
    assert reasons.keys() == {"空.md", "图.jpg", "乱.txt", "大.md"}
    assert all(reason.endswith("。") for reason in reasons.values())
    assert "200 MB" in reasons["大.md"]


def test_two_files_of_one_name_do_not_replace_each_other(run: Run, data_dir: Path, tmp_path: Path) -> None:
    for place in ("东村", "西村"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "村规.md").write_text(LAW.replace("金山县", place))
    told = run("kb", "import", tmp_path / "东村" / "村规.md", tmp_path / "西村" / "村规.md", "--json").json()
    assert (told["added"], [row["path"] for row in told["skipped"]]) == (
        1,
        [str(tmp_path / "西村" / "村规.md")],
    )


@pytest.mark.parametrize("name", ["没有", "空文件夹", "只有图"])
def test_nothing_read_is_a_failure(run: Run, data_dir: Path, tmp_path: Path, name: str) -> None:
    if name != "没有":
        (tmp_path / name).mkdir()
    if name == "只有图":
        (tmp_path / name / "图.png").write_bytes(b"\x89PNG")
    ran = run("kb", "import", tmp_path / name, "--json")
    assert (ran.code, ran.err) == (1, "没有读到可用的文件。\n")
    assert json.loads(ran.out)["documents"] == 0


def test_originals_are_kept_once_and_private(law_dir: Path, folder: Path) -> None:
    kept = {path.name: path.read_bytes() for path in (law_dir / "originals").iterdir()}
    files = [folder / "孔明灯办法.md", folder / "县" / "放炮.txt"]
    assert kept == {
        hashlib.sha256(path.read_bytes()).hexdigest() + path.suffix: path.read_bytes() for path in files
    }
    assert {path.stat().st_mode & 0o777 for path in (law_dir / "originals").iterdir()} == {0o600}


def test_search_prints_one_hit_a_line(run: Run, law_dir: Path) -> None:
    hits = run("kb", "search", "放飞孔明灯要登记吗", "--top", "3", "--json").rows()
    assert 1 <= len(hits) <= 3
    assert all(hit.keys() == HIT for hit in hits)
    first = hits[0]
    assert (first["document"], first["article"], first["source"]) == (
        "金山县孔明灯办法",
        "第二条",
        "孔明灯办法.md",
    )
    assert first["text"].startswith("第二条 放飞孔明灯")
    assert first["card"] is None
    assert 0 < first["score"] <= 1


def test_explain_says_what_the_hit_shares_with_the_question(run: Run, law_dir: Path) -> None:
    [hit] = run("kb", "search", "孔明灯登记", "--top", "1", "--json", "--explain").rows()
    assert hit.keys() == HIT | {"explain"}
    assert {"孔明灯", "登记"} <= set(hit["explain"]["terms"])
    assert hit["explain"]["share"] == 1.0
    assert (hit["explain"]["likeness"], hit["explain"]["exact"]) == (None, False)
    exact = run("kb", "search", "金山县孔明灯办法第二条", "--top", "1", "--explain").out
    assert "命中的词：" in exact and "问题点名了这一条" in exact


def test_explain_tells_the_words_the_translation_and_what_it_is_worth(run: Run, data_dir: Path) -> None:
    """Over the cards we ship: 低保 is 最低生活保障 in the files."""
    [hit] = run("kb", "search", "俺家低保咋申请", "--top", "1", "--json", "--explain").rows()
    told = hit["explain"]
    assert told.keys() == {
        "share", "terms", "translated", "likeness", "exact", "superseded", "gains", "features"
    }  # fmt: skip
    assert "最低生活保障" in told["translated"]["低保"]
    assert set(told["gains"]) <= set(RESPECTS)
    assert {"rank", "likeness"} <= told["features"].keys()
    lines = run("kb", "search", "俺家低保咋申请", "--top", "1", "--explain").out.splitlines()
    [matched, translated, for_it] = [
        next(line for line in lines if begins in line)
        for begins in ("命中的词：", "换成文件里的说法：", "靠的是：")
    ]
    assert "低保" in matched
    assert "低保 → 最低生活保障" in translated
    assert re.search(r"[一-鿿）] \+\d\.\d\d", for_it)


def test_every_respect_has_a_name_for_the_clerk() -> None:
    told = why(
        share=0.5, terms=["狗"], translated={}, likeness=None, exact=False, superseded=True,
        gains=dict.fromkeys(RESPECTS[:4], 1.0) | dict.fromkeys(RESPECTS[4:8], -1.0),
    )  # fmt: skip
    assert told[0] == "说到了所问的 50%；命中的词：狗；已失效或有新版本"
    assert [line.partition("：")[0] for line in told[1:]] == ["排名靠前，靠的是", "不利的是"]
    assert (told[1].count("+1.00"), told[2].count("-1.00")) == (4, 4)


def test_batch_answers_in_order(run: Run, data_dir: Path, tmp_path: Path) -> None:
    questions = [
        {"id": "b", "question": "低保怎么申请"},
        {"id": 1, "question": "🙂"},
        {"id": "a", "question": " "},
    ]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in questions)
    (tmp_path / "q.jsonl").write_text(lines + "\n\n")
    found = run("kb", "search", "--batch", tmp_path / "q.jsonl", "--top", "2").rows()
    assert [(row["id"], len(row["hits"])) for row in found] == [("b", 2), (1, 0), ("a", 0)]
    assert all(hit.keys() == HIT for row in found for hit in row["hits"])
    assert run("kb", "search", "--batch", "-", "--top", "2", stdin=lines).rows() == found

    answers = run("kb", "ask", "--batch", tmp_path / "q.jsonl").rows()
    assert [(row["id"], row["answered"]) for row in answers] == [("b", True), (1, False), ("a", False)]
    assert all(row.keys() == {"id", "answered", "citations", "text"} for row in answers)


BAD_LINES = ["不是 JSON", "[]", '{"id": "x"}', '{"id": null, "question": "低保"}', '{"id": 1, "question": 5}']


def test_lines_before_a_malformed_one_are_answered(run: Run, data_dir: Path) -> None:
    ran = run("kb", "search", "--batch", "-", stdin='{"id": 1, "question": " "}\n\n{"id": 2}\n')
    assert (ran.code, ran.out) == (1, '{"id": 1, "hits": []}\n')
    assert ran.err == '标准输入 第 3 行不对：要写成 {"id": …, "question": "…"}。\n'


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_malformed_line_is_named(run: Run, data_dir: Path, tmp_path: Path, line: str) -> None:
    (tmp_path / "q.jsonl").write_text(f"\n{line}\n")
    ran = run("kb", "ask", "--batch", "q.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == 'q.jsonl 第 2 行不对：要写成 {"id": …, "question": "…"}。\n'


def test_a_huge_batch_is_refused_unread(run: Run, data_dir: Path, tmp_path: Path) -> None:
    with (tmp_path / "大.jsonl").open("wb") as sparse:
        sparse.truncate(200 * 1024 * 1024)
    ran = run("kb", "search", "--batch", tmp_path / "大.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert "200 MB" in ran.err and ran.err.count("\n") == 1


def test_ask_says_what_the_chat_says(run: Run, data_dir: Path) -> None:
    questions = ["低保怎么申请", "火星上怎么种土豆"]
    said = run("chat", "--as", "张大妈", "--json", stdin="\n".join(["/我", *questions])).rows()[1:]
    batch = "\n".join(json.dumps({"id": asked, "question": asked}) for asked in questions)
    answers = run("kb", "ask", "--batch", "-", stdin=batch).rows()
    assert [line["replies"] for line in said] == [
        [{"to": "张大妈", "kind": "text", "text": answer["text"]}] for answer in answers
    ]
    assert run("kb", "ask", questions[0]).out == answers[0]["text"] + "\n"


def test_an_answer_cites_and_a_declined_one_does_not(run: Run, data_dir: Path) -> None:
    answer = run("kb", "ask", "低保怎么申请", "--json").json()
    assert answer["answered"] is True
    [cited] = answer["citations"]
    assert cited.keys() == {"document", "article", "source"}
    assert f"《{cited['document']}》{cited['article']}" in answer["text"]
    unsure = run("kb", "ask", "火星上怎么种土豆", "--json").json()
    assert (unsure["answered"], unsure["citations"]) == (False, [])


def test_remove_takes_one_out_for_good(run: Run, law_dir: Path) -> None:
    wrong = run("kb", "remove", "孔明灯办发.md")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == "库里没有“孔明灯办发.md”。您是不是要：孔明灯办法.md\n"
    assert run("kb", "remove", "孔明灯办法.md").code == 0
    assert "孔明灯办法.md" not in run("kb", "search", "放飞孔明灯要登记吗", "--json").out
    starter = run("kb", "list", "--json").json()[0]["source"]
    assert run("kb", "remove", starter).code == 0
    assert {"孔明灯办法.md", starter}.isdisjoint(row["source"] for row in run("kb", "list", "--json").json())


def test_list_and_stats(run: Run, law_dir: Path, furnished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row["source"]: row for row in run("kb", "list", "--json").json()}
    assert rows["孔明灯办法.md"] == {
        "source": "孔明灯办法.md", "title": "金山县孔明灯办法", "kind": "law", "issuer": "",
        "issued": "2025-03-01", "effective": "2025-05-01", "expires": None, "region": "金山", "passages": 3,
        "number": "", "status": "", "superseded_by": "", "corrected": {},
    }  # fmt: skip
    after = run("kb", "stats", "--json").json()
    assert after["revision"] == after["index_revision"]
    assert after["index_bytes"] > 0
    monkeypatch.setenv("BOT_DATA_DIR", str(furnished))
    before = run("kb", "stats", "--json").json()
    grown = {name: after[name] - before[name] for name in ("documents", "laws", "passages", "articles")}
    assert grown == {"documents": 2, "laws": 2, "passages": 4, "articles": 4}


def test_rule_watch_names_what_is_stale(run: Run, data_dir: Path, folder: Path) -> None:
    soon = SystemClock().now().date() + datetime.timedelta(days=20)
    until = "# {0}\n\n第一条 试行。\n\n第二条 本办法有效期至{1.year}年{1.month}月{1.day}日。\n"
    (folder / "旧(2019-01-01).md").write_text(LAW)
    (folder / "新(2020-01-01).md").write_text(LAW)
    (folder / "过期.md").write_text(until.format("临时办法", datetime.date(2020, 12, 31)))
    (folder / "快到期.md").write_text(until.format("短期办法", soon))
    (folder / "将施行.md").write_text(
        f"# 新办法\n\n第一条 可以。\n\n第二条 自{soon.year}年{soon.month}月{soon.day}日起施行。\n"
    )
    card = '[[card]]\nid = "{0}"\ntitle = "{1}"\nanswer = "可以。"\nlaw = "金山县孔明灯办法"\narticle = "第二条"\n{2}\n'
    cards = [
        ("a", "没有的话", 'phrase = "不得登记"\nreviewed = 2026-01-01'),
        ("b", "查过之后又改了", "reviewed = 2025-04-01"),
        ("c", "做了记号", 'review = "要核对"\nreviewed = 2099-01-01'),
        ("d", "都对", 'phrase = "到村（社区）登记"\nreviewed = 2099-01-01'),
    ]
    (folder / "卡片.toml").write_text("\n".join(card.format(*each) for each in cards))
    run("kb", "import", folder)
    run("chat", "--as", "张大妈", stdin="火星上怎么种土豆\n火星上怎么种土豆\n")
    found = run("kb", "check", "--json").json()
    assert list(found)[:6] == ["expired", "expiring", "superseded", "coming", "unreviewed", "unanswered"]
    assert found["expired"] == [{"source": "过期.md", "document": "临时办法", "expires": "2020-12-31"}]
    assert found["expiring"] == [{"source": "快到期.md", "document": "短期办法", "expires": str(soon)}]
    assert found["coming"] == [{"source": "将施行.md", "document": "新办法", "effective": str(soon)}]
    replaced = {row["source"]: row["by"] for row in found["superseded"]}
    assert replaced == {"旧(2019-01-01).md": "孔明灯办法.md", "新(2020-01-01).md": "孔明灯办法.md"}
    ours = {row["card"]: (row["unfounded"], row["changed"], row["review"]) for row in found["unreviewed"]}
    assert {key: ours.get(key) for key in "abcd"} == {
        "a": (True, False, ""), "b": (False, True, ""), "c": (False, False, "要核对"), "d": None,
    }  # fmt: skip
    assert [(row["question"], row["times"]) for row in found["unanswered"]] == [("火星上怎么种土豆", 2)]
    told = run("kb", "check")
    assert told.code == 0
    assert f"  《短期办法》  {soon}  快到期.md" in told.out.splitlines()
    assert "  #1    火星上怎么种土豆  2 次  " in told.out


@pytest.mark.parametrize("arguments", [(), ("低保", "--batch", "x"), ("  ",), ("低保", "--top", "0")])
def test_wrong_usage(run: Run, data_dir: Path, arguments: tuple[str, ...]) -> None:
    ran = run("kb", "search", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_diff_says_article_by_article_what_a_changed_file_changed(
    run: Run, law_dir: Path, folder: Path
) -> None:
    assert run("kb", "diff", "孔明灯办法.md").err == "“孔明灯办法.md”没有更早的版本可比。\n"
    text = LAW.replace("并避开麦场", "并避开麦场和河堤") + "\n第四条 其他的另行规定。\n"
    (folder / "孔明灯办法.md").write_text(text)
    assert run("kb", "import", folder).code == 0
    told = run("kb", "diff", "孔明灯办法.md").out.splitlines()
    assert told[0].endswith("导入的文本比，2 条有变化。")
    assert told[1:] == [
        "第二条〔有改动〕",
        "  第二条 放飞孔明灯应当先到村（社区）登记，并避开麦场【+和河堤】。",
        "第四条〔新增〕",
        "  第四条 其他的另行规定。",
    ]
    found = run("kb", "diff", "孔明灯办法.md", "--json").json()
    assert [(row["article"], row["old"]) for row in found["changes"]] == [
        ("第二条", "第二条 放飞孔明灯应当先到村（社区）登记，并避开麦场。"), ("第四条", None),
    ]  # fmt: skip
    assert run("kb", "diff", "没有.md").code == 1


def test_diff_of_a_newer_law_is_against_the_one_before_it(run: Run, law_dir: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    text = LAW.replace("2025年3月1日", "2026年3月1日").replace("2025年5月1日", "2026年5月1日")
    (newer / "孔明灯办法2026.md").write_text(text)
    assert run("kb", "import", newer).code == 0
    found = run("kb", "diff", "孔明灯办法2026.md", "--json").json()
    assert (found["before"], [row["article"] for row in found["changes"]]) == ("孔明灯办法.md", ["第三条"])
