"""How fast each reader is: pages (of 700 characters) or rows a second, through the reading room as an import goes.

    python -m tests.bench.readers [--rounds 3]

Makes one long document a format, and a hundred small Word files; prints the best of the rounds.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.ingest import read_document
from knowledge.ingest.isolation import ReadingRoom
from tests.knowledge import office

_PAGE = 700
_ROWS = 5000
_SENTENCE = "为了保障困难群众基本生活，根据国家有关规定，结合本地实际，县级人民政府民政部门应当及时办理。"
_RULE = [f"第{number}条 {_SENTENCE * 4}" for number in range(1, 401)]


def _docx() -> bytes:
    document = office.word()
    for article in _RULE:
        document.add_paragraph(article)
    return office.saved(document)


def _pdf() -> bytes:
    lines, a_page = office.printed("\n".join(_RULE)), 25
    pages = [lines[at : at + a_page] for at in range(0, len(lines), a_page)]
    return office.pdf(
        [
            [(size, left, 760 - 28 * at, text) for at, (size, left, _, text) in enumerate(page)]
            for page in pages
        ]
    )


def _html() -> bytes:
    body = "".join(f"<p>{article}</p>" for article in _RULE)
    return f"<html><body><div class='nav'><a>首页</a></div><div>{body}</div></body></html>".encode()


def _rows() -> list[list[str]]:
    head = ["问题", "答案", "依据", "条款"]
    return [head, *([f"第{n}个问题怎么办", _SENTENCE, "《某县办法》", f"第{n}条"] for n in range(_ROWS))]


def _xlsx() -> bytes:
    return office.saved(office.workbook({"问答": _rows()}))


def _csv() -> bytes:
    return "\n".join(",".join(row) for row in _rows()).encode()


MADE: dict[str, tuple[str, Callable[[], bytes]]] = {
    ".txt": ("pages", lambda: "\n".join(_RULE).encode()),
    ".docx": ("pages", _docx),
    ".pdf": ("pages", _pdf),
    ".html": ("pages", _html),
    ".xlsx": ("rows", _xlsx),
    ".csv": ("rows", _csv),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the readers.")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    room = ReadingRoom()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix, (unit, make) in MADE.items():
            path = folder / f"长{suffix}"
            path.write_bytes(make())
            seconds = min(_timed(path, room) for _ in range(rounds))
            amount = _ROWS if unit == "rows" else sum(map(len, _RULE)) / _PAGE
            print(
                f"{suffix:6} {amount / seconds:10,.0f} {unit} a second  {path.stat().st_size / 1e6:5.1f} MB"
            )
        _small_files(folder, room)
    room.close()


def _timed(path: Path, room: ReadingRoom) -> float:
    start = time.perf_counter()
    read_document(path, path.name, room=room)
    return time.perf_counter() - start


def _small_files(folder: Path, room: ReadingRoom) -> None:
    document = office.word()
    document.add_paragraph(_RULE[0])
    path = folder / "短.docx"
    path.write_bytes(office.saved(document))
    room.close()
    times = [_timed(path, room) for _ in range(100)]
    print(f"100 small docx {sum(times):.2f} s, of which the first {times[0]:.2f} s (starting the child)")


if __name__ == "__main__":
    main()
