"""`kb list`, `kb show`, `kb set`, `kb check`: what is known of a document, corrected, and watched."""

from pathlib import Path
from typing import Any

import pytest

from bot.cli.curation import aligned
from tests.cli.conftest import Run, moved_in, run_here

LETTER = """金山县民政局文件
金民发（2023） 12 号
关于印发《金山县风筝办法》的通知
各镇：
现将《金山县风筝办法》印发给你们。
金山县民政局
2023年5月4日
金山县风筝办法
第一条 放风筝要避开高压线。
第二条 本办法自2023年6月1日起施行，有效期5年。
"""
KITES = {
    "source": "风筝.txt", "title": "金山县风筝办法", "kind": "law", "issuer": "金山县民政局",
    "number": "金民发〔2023〕12号", "issued": "2023-05-04", "effective": "2023-06-01", "expires": "2028-05-31",
    "region": "金山", "status": "", "superseded_by": "", "corrected": {}, "passages": 3,
}  # fmt: skip


def _files(root: Path) -> Path:
    root.mkdir()
    (root / "风筝.txt").write_text(LETTER, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def with_letter(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The furnished data folder after the letter was imported."""
    home = tmp_path_factory.mktemp("with_letter")
    with pytest.MonkeyPatch.context() as patch:
        data = moved_in(furnished, home, patch)
        assert run_here("kb", "import", _files(home / "files")).code == 0
    return data


@pytest.fixture
def letter_dir(with_letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, where the commands of this test work."""
    return moved_in(with_letter, tmp_path, monkeypatch)


def listed(run: Run, source: str) -> Any:
    (row,) = [row for row in run("kb", "list", "--json").json() if row["source"] == source]
    assert run("kb", "show", source, "--json").json() == row
    return row


def test_what_a_letter_says_of_itself_is_listed(run: Run, letter_dir: Path) -> None:
    assert listed(run, "风筝.txt") == KITES
    line = (
        "风筝.txt  《金山县风筝办法》 3 条（段）"
        "（金民发〔2023〕12号，金山，公布 2023-05-04，施行 2023-06-01，有效期到 2028-05-31）"
    )
    assert line in run("kb", "list").out.splitlines()


@pytest.mark.parametrize(
    "typed", ["金民发〔2023〕12号", "金民发2023 12号", "请问金民发[2023]12号是啥", "金民发（2023）第12号"]
)
def test_a_document_is_found_by_its_number(run: Run, letter_dir: Path, typed: str) -> None:
    first = run("kb", "search", typed, "--top", "3", "--json").rows()[0]
    assert (first["source"], first["article"], first["score"]) == ("风筝.txt", "第一条", 1.0)
    said = run("kb", "ask", typed, "--json").json()
    assert (said["answered"], said["citations"][0]["source"]) == (True, "风筝.txt")
    assert (
        "（金民发〔2023〕12号，2023年5月4日公布，2023年6月1日起施行，有效期至2028年5月31日）" in said["text"]
    )


def test_a_correction_holds_at_once_and_outlasts_a_new_version(
    run: Run, letter_dir: Path, tmp_path: Path
) -> None:
    said = run(
        "kb", "set", "风筝.txt", "--number", "金民发[2023]13 号", "--expires", "长期", "--region", "山东省/金乡县",
        "--issuer", "金乡县民政局", "--json",
    )  # fmt: skip
    corrected = {
        "issuer": "金山县民政局",
        "number": "金民发〔2023〕12号",
        "region": "金山",
        "expires": "2028-05-31",
    }
    expected = KITES | {
        "number": "金民发〔2023〕13号", "expires": None, "region": "金乡", "issuer": "金乡县民政局",
        "corrected": corrected,
    }  # fmt: skip
    assert (said.json(), said.err) == (expected, "")
    assert listed(run, "风筝.txt") == expected
    assert run("kb", "search", "金民发2023 13号", "--json").rows()[0]["source"] == "风筝.txt"
    assert "更正过：发文机关、文号、适用地区、有效期到" in run("kb", "list").out

    files = _files(tmp_path / "files")
    assert run("kb", "import", files, "--json").json()["unchanged"] == 1
    (files / "风筝.txt").write_text(LETTER.replace("5年", "3年").replace("12 号", "14 号"), encoding="utf-8")
    assert run("kb", "import", files, "--json").json()["changed"] == 1
    corrected |= {"number": "金民发〔2023〕14号", "expires": "2026-05-31"}
    assert listed(run, "风筝.txt") == expected | {"corrected": corrected}

    cleared = run(
        "kb", "set", "风筝.txt", "--number", "", "--expires=", "--region", " ", "--issuer", "", "--json"
    )
    assert cleared.json() == KITES | {"number": "金民发〔2023〕14号", "expires": "2026-05-31"}


def test_a_correction_is_audited_with_what_was_known_before(run: Run, letter_dir: Path) -> None:
    assert run("kb", "set", "风筝.txt", "--status", "废止", "--title", "风筝老办法").code == 0
    rows = [row for row in run("export", "audit", "-").rows() if row["subject"] == "document:风筝.txt"]
    assert [(row["actor"], row["action"], row["before"], row["after"]) for row in rows] == [
        ("operator", "set", "title=金山县风筝办法", "title=风筝老办法"),
        ("operator", "set", "status=", "status=repealed"),
    ]


def test_the_operators_word_on_standing_decides_what_is_answered(run: Run, letter_dir: Path) -> None:
    run("kb", "set", "风筝.txt", "--expires", "2025年12月31日")
    stale = run("kb", "ask", "金民发〔2023〕12号").out
    assert "有效期至2025年12月31日）【以2023年5月文本为准，此文本已失效或已有新版本，办事前请" in stale
    run("kb", "set", "风筝.txt", "--status", "有效")
    assert "文本为准" not in run("kb", "ask", "金民发〔2023〕12号").out
    assert run("kb", "check", "--json").json()["expired"] == []
    run("kb", "set", "风筝.txt", "--status", "", "--expires", "", "--superseded-by", "《金山县新风筝办法》")
    told = run("kb", "check", "--json").json()
    assert told["superseded"] == [
        {"source": "风筝.txt", "document": "金山县风筝办法", "by": "金山县新风筝办法"}
    ]
    assert "文本为准" in run("kb", "ask", "《金山县风筝办法》第一条").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["风筝.txt"], 2, "请写明要改哪一项"),
        (["风争.txt", "--title", "好"], 1, "库里没有“风争.txt”。您是不是要：风筝.txt"),
        (["风筝.txt", "--issued", "去年"], 1, "“去年”不是日期，请写成 2025-03-01。"),
        (["风筝.txt", "--status", "随便"], 1, "“随便”认不得，请写“有效”或“废止”。"),
        (
            ["风筝.txt", "--expires", "2020-01-01"],
            1,
            "有效期（2020-01-01）早于施行日期（2023-06-01），没有改。",
        ),
        (["风筝.txt", "--superseded-by", "风筝.txt"], 1, "一份文件不能被它自己取代。"),
        (["风筝.txt", "--title", "长" * 201], 1, "“标题”最多 200 个字。"),
        (["starter/dibao.toml", "--title", "好"], 1, "“starter/dibao.toml”是卡片文件，没有这些项"),
    ],
)
def test_what_cannot_be_set_changes_nothing(
    run: Run, letter_dir: Path, arguments: list[str], code: int, said: str
) -> None:
    ran = run("kb", "set", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert listed(run, "风筝.txt") == KITES


def test_an_unknown_successor_is_kept_and_said_to_be_unknown(run: Run, letter_dir: Path) -> None:
    ran = run("kb", "set", "风筝.txt", "--superseded-by", "金山县新风筝办法")
    assert ran.err == "库里还没有“金山县新风筝办法”，先记下名称；导入以后就能对上。\n"
    assert ran.out.splitlines()[0] == "已更正：风筝.txt"
    assert "  被取代    金山县新风筝办法    （更正；原文：没有写）" in ran.out.splitlines()


def test_columns_stand_under_one_another() -> None:
    lines = list(aligned([("文件", "到", "来源"), ("《甲》", "2026-01-01", "a.md"), ("x", "", "乙.md")]))
    assert lines == ["文件    到          来源", "《甲》  2026-01-01  a.md", "x                   乙.md"]
