"""What an official document says of itself around its text: issuing body, 文号, title, date, signature.

The layout is that of GB/T 9704 (党政机关公文格式): 发文机关标志, 发文字号, 标题 above the text; 署名 and 成文日期,
附注 and 版记 below it. Everything found is taken off the text, so that no article ends in a signature.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.folding import NUMERAL
from knowledge.ingest.cutting import heading_of
from knowledge.ingest.dating import dates, without_dates
from knowledge.ingest.labels import labelled
from knowledge.numbering import number_in, without_number

_TOP = 15
_HEAD = 6
_TITLE_LINES = 4
_LONGEST_TITLE = 120
_LONGEST_LINE = 40

_BODY = (
    r"(?:委员会|人民政府|人民代表大会|国务院|办公厅|办公室|指挥部|领导小组|联席会议|管理局|法院|检察院|总局"
    r"|[厅局委部院署处站会社县市]|中心|街道办事处|党支部)"
)
_SIGNER = re.compile(rf"[一-鿿（）、 　]{{2,60}}{_BODY}")
_SIGNED = re.compile(rf"({_SIGNER.pattern})[ 　]*(\d{{4}}\s*年\s*\d{{1,2}}\s*月\s*\d{{1,2}}\s*日)")
_MARK = re.compile(r"([一-鿿（）、 　]{3,60}?)[ 　]*文[ 　]*件")
_BRACKETS = "（）()〔〕[]【】 　"
_SIGNED_BY = re.compile(r"签\s*发\s*人.*")
_TITLE_END = re.compile(
    r"(?:通知|意见|办法|规定|规则|条例|细则|方案|决定|公告|通告|公报|批复|复函|函|纪要|报告|请示|指南|规范|规程|标准"
    r"|制度|章程|计划|规划|要点|措施|政策|解读|问答|手册|公约|法|令|清单|目录|流程|须知|明白纸)(?:（[^（）]{1,20}）)?"
)
_SENTENCE_MARKS = set("。；;！!？?，,：:")
_NOTES = re.compile(
    r"[（(]?\s*(?:此件(?:公开|主动公开|依申请公开|不予公开|删减后公开).*|联系(?:人|电话).*|抄\s*送[：:].*|主\s*送[：:].*)"
    r"|.{2,40}\d{4}年\d{1,2}月\d{1,2}日\s*印发"
)
_ABOUT = re.compile("关于|印发|转发|《")
_PROMULGATED = re.compile(r"(?:关于)?(?:印发|发布|公布)《(.{2,80})》的(?:通知|公告|通告|令|决定)")
_ARTICLE = re.compile(rf"第\s*(?:[{NUMERAL}]{{1,9}}|\d{{1,4}})\s*条")


@dataclass(frozen=True, slots=True)
class Letter:
    """A text without its head and foot. `facts` by the names in `manuscript.FACTS`; `notes`: dated lines."""

    facts: Mapping[str, str]
    notes: tuple[str, ...]
    lines: tuple[str, ...]

    def written(self, stem: str) -> str:
        """As a markdown law: title, what is known of it, the mark that ends the preamble, the text."""
        facts = self.facts
        known = [
            f"{facts['issued']} 印发" if facts.get("issued") else "",
            f"{facts['published']} 公布" if facts.get("published") and not facts.get("issued") else "",
            f"自 {facts['effective']} 起施行" if facts.get("effective") else "",
            *self.notes,
        ]
        preamble = "\n".join(line for line in known if line)
        return f"# {facts.get('title') or stem}\n{preamble}\n<!-- INFO END -->\n" + "\n".join(self.lines)


def opened(lines: Sequence[str], facts: Mapping[str, str]) -> Letter:
    """The letter around a text. `facts` found elsewhere in the file win over what its lines say."""
    found = dict(facts)
    notes: list[str] = []
    body = _below_head(list(lines), found, notes)
    body = _above_foot(body, found)
    body = _unwrapped(body, found)
    return Letter(found, tuple(notes), tuple(body))


def is_head_line(line: str) -> bool:
    """Whether a line above a title is 发文机关标志, 发文字号 or 签发人."""
    return bool(_MARK.fullmatch(line) or _SIGNED_BY.fullmatch(line.strip(_BRACKETS)) or _is_number(line))


def is_whole_title(text: str) -> bool:
    """Whether a title may end here: on the name of a kind of text, with its 《》 closed.

    >>> [is_whole_title(t) for t in ("关于印发《低保办法", "关于印发《低保办法》的通知", "低保办法（试行）")]
    [False, True, True]
    """
    ends = [m.end() for m in _TITLE_END.finditer(text)]
    return bool(ends) and ends[-1] == len(text) and text.count("《") == text.count("》")


def is_letter(lines: Sequence[str]) -> bool:
    """Whether a text begins as an office's letter does, or says of itself what a head table would."""
    marks = [mark for line in lines[:_HEAD] if (mark := _MARK.fullmatch(line))]
    return any(_SIGNER.fullmatch(mark[1].strip()) for mark in marks) or any(
        _is_number(line) or dict(labelled(line)) for line in lines[:_HEAD]
    )


def _below_head(lines: list[str], found: dict[str, str], notes: list[str]) -> list[str]:
    at, titled = 0, False
    while at < min(len(lines), _TOP):
        line = lines[at]
        bare = line.strip(_BRACKETS)
        if not titled and (mark := _MARK.fullmatch(line)):
            found.setdefault("issuer", _close_set(mark[1]))
        elif _is_number(line):
            found.setdefault("number", number_in(line))
            if day := dates(line):
                found.setdefault("issued", day[-1].isoformat())
        elif _SIGNED_BY.fullmatch(bare):
            pass
        elif titled and _is_dated(line):
            notes.append(line)
        elif facts := dict(labelled(line)):
            for name, value in facts.items():
                found.setdefault(name, value)
        elif not titled and (taken := _title_lines(lines[at:], found.get("title", ""))):
            found.setdefault("title", _joined(lines[at : at + taken]))
            titled = True
            at += taken
            continue
        else:
            break
        at += 1
    for note in notes:
        if number := number_in(note):
            found.setdefault("number", number)
    return lines[at:]


def _title_lines(lines: Sequence[str], known: str) -> int:
    """How many of the first lines are the title: the one known, else what reads as one; 0 for none."""
    wanted = _squeezed(known)
    for count in range(1, min(_TITLE_LINES, len(lines)) + 1):
        joined = _joined(lines[:count])
        if wanted and not wanted.startswith(_squeezed(joined)):
            return 0
        if wanted and _squeezed(joined) == wanted:
            return count
        if wanted:
            continue
        if not _may_stand_in_title(lines[count - 1]) or len(joined) > _LONGEST_TITLE:
            break
        if is_whole_title(joined) and (count == 1 or _ABOUT.search(joined)):
            return count
    first = lines[0]
    if wanted or not _may_stand_in_title(first):
        return 0
    if first.startswith("#"):
        return int(first.startswith("# ") and not any(line.startswith("# ") for line in lines[1:]))
    return int(len(first) <= _LONGEST_LINE)


def _may_stand_in_title(line: str) -> bool:
    rank, text = heading_of(line)
    return not (set(text) & _SENTENCE_MARKS or _ARTICLE.match(text)) and (not rank or line.startswith("#"))


def _above_foot(lines: list[str], found: dict[str, str]) -> list[str]:
    while lines and _NOTES.fullmatch(lines[-1]):
        if issued := dates(lines.pop()):
            found.setdefault("published", issued[-1].isoformat())
    lines = [piece for line in lines for piece in _unsigned(line)]
    for at in range(1, len(lines)):
        signed = _day(lines[at])
        if signed is None:
            continue
        first = at
        while first > 0 and at - first < 3 and _SIGNER.fullmatch(lines[first - 1].strip()):
            first -= 1
        if first < at or at == len(lines) - 1:
            found.setdefault("issued", signed.isoformat())
            if signers := [_close_set(line) for line in lines[first:at]]:
                found.setdefault("issuer", "、".join(signers))
            return [*lines[:first], *lines[at + 1 :]]
    return lines


def _unwrapped(lines: list[str], found: dict[str, str]) -> list[str]:
    """A notice that brings 《X》 with it is cited as 《X》, where X has articles of its own."""
    inner = _PROMULGATED.search(found.get("title", ""))
    if inner is None:
        return lines
    wanted = _squeezed(inner[1])
    for at in range(len(lines)):
        for end in range(at + 1, min(at + 3, len(lines)) + 1):
            if _squeezed(_joined(lines[at:end])) == wanted:
                if any(_ARTICLE.match(line) for line in lines[end:]):
                    found["title"] = inner[1]
                    return lines[:at] + lines[end:]
                return lines
    return lines


def _is_number(line: str) -> bool:
    rest = without_dates(without_number(_SIGNED_BY.sub("", line.strip(_BRACKETS))))
    return bool(number_in(line)) and not rest.strip(_BRACKETS + "，,、")


def _is_dated(line: str) -> bool:
    return line[0] in "（(" and len(line) <= 300 and bool(dates(line))


def _day(line: str) -> date | None:
    """A line that is a day and nothing else."""
    text = re.sub(r"\s", "", line)
    found = dates(text) if 8 <= len(text) <= 12 and text.endswith("日") else []
    return found[0] if found else None


def _unsigned(line: str) -> tuple[str, ...]:
    """A signature with its day in one line, as two."""
    signed = _SIGNED.fullmatch(line)
    return (signed[1].strip(), signed[2]) if signed else (line,)


def _joined(lines: Sequence[str]) -> str:
    return "".join(heading_of(line)[1] if line.startswith("#") else line for line in lines)


def _close_set(text: str) -> str:
    """Without the spaces that stretch a short name: 民 政 部."""
    return re.sub(r"[ 　]+", "" if re.search(r"(?:^|\s)\S(?:\s|$)", text) else "、", text.strip())


def _squeezed(text: str) -> str:
    return re.sub(r"[\s　#《》<>〈〉]+", "", text)
