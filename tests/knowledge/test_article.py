"""One file as one article: title, words and source, whatever the format tells."""

from pathlib import Path

import pytest
from docx import Document as Word

from knowledge.errors import Unreadable
from knowledge.ingest.article import Article, read_article
from knowledge.ingest.isolation import ReadingRoom

BODY = "金乡县给每名第一书记配三个帮手，一名包保，一名指导，一名培养。\n一人一份计划，难题有人答、办完销号。"
EXPECTED = Article("一个新书记，三个领路人", BODY, "金乡县委组织部")
TEXT = f"一个新书记，三个领路人\n来源：金乡县委组织部\n\n{BODY}\n"

PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>一个新书记，三个领路人_基层动态_金乡县</title>
<meta name="ContentSource" content="金乡县委组织部"><script>document.write("假的")</script></head><body>
<div class="nav"><a href="/">首页</a><a href="/a">要闻</a></div><h1>一个新书记，三个领路人</h1>
<div class="info">来源：金乡县委组织部 发布时间：2026-03-05</div>
<div class="content">{"".join(f"<p>{line}</p>" for line in BODY.splitlines())}</div>
<div class="footer"><a href="/b">上一篇</a></div></body></html>"""


def word(path: Path) -> None:
    document = Word()
    document.add_heading(EXPECTED.title, 0)
    document.add_paragraph(f"来源：{EXPECTED.source}")
    for line in BODY.splitlines():
        document.add_paragraph(line)
    document.save(str(path))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("甲.txt", TEXT.encode("gb18030")),
        ("甲.md", f"# {TEXT}".encode()),
        ("甲.html", PAGE.encode()),
        ("甲.docx", None),
    ],
)
def test_the_same_article_in_every_format(
    name: str, data: bytes | None, tmp_path: Path, room: ReadingRoom
) -> None:
    path = tmp_path / name
    if data is None:
        word(path)
    else:
        path.write_bytes(data)
    assert read_article(path, room) == EXPECTED


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("甲.md", b"# \xe9\xa2\x98\n", "只有标题"),
        ("甲.txt", b" \n", "空的"),
        ("甲.txt", b"", "空的"),
        ("甲.zip", b"PK", "认不得“.zip”"),
        ("甲.xlsx", b"PK", "坏了|对不上"),
        ("没有.md", None, "没有这个文件"),
        ("甲.html", b"<html></html>", "没有正文"),
    ],
)
def test_what_is_no_article_is_refused(
    name: str, data: bytes | None, reason: str, tmp_path: Path, room: ReadingRoom
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable, match=reason):
        read_article(tmp_path / name, room)
