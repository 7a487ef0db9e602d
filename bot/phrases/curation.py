"""Wording of the commands that keep the base: what is known of documents, corrections, rule watch."""

from collections.abc import Iterable, Mapping, Sequence

KB_LIST = "列出知识库里的文件。"
KB_SHOW = "看一份文件的详情：文号、机关、日期、效力，哪些是更正过的。"
KB_SET = "更正一份文件的详情：只改写明的那几项，重新导入也不会丢；写空（''）就退回原文的说法。"
KB_CHECK = "核查：过了有效期的、快到期的、已被取代的、将要施行的、要核对的卡片、问了没答上的、过期的本地标准、写错的词表。"
SOURCE = "文件来源，见 kb list"
TITLE = "标题"
ISSUER = "发文机关，例如 金山县民政局"
NUMBER = "文号，例如 民发〔2021〕57号"
REGION = "在哪里适用，例如 金乡县；“全国”为处处适用"
ISSUED = "公布日期，例如 2025-03-01"
EFFECTIVE = "施行日期"
EXPIRES = "有效期到哪天；“长期”为没有期限"
STATUS = "效力：有效、废止"
SUPERSEDED_BY = "被哪份文件取代：来源、文号或标题"

NOTHING_TO_SET = "请写明要改哪一项，例如 --number、--expires。"
NO_SUCH_SOURCE = "库里没有“{source}”。{near}"
NEAREST = "您是不是要：{names}"
CARDS_HAVE_NONE = "“{source}”是卡片文件，没有这些项；要改卡片请改文件再导入。"
BAD_DAY = "“{text}”不是日期，请写成 2025-03-01。"
BAD_STATUS = "“{text}”认不得，请写“有效”或“废止”。"
ITSELF = "一份文件不能被它自己取代。"
TOO_LONG = "“{name}”最多 {most} 个字。"
ENDS_BEFORE_IT_BEGINS = "有效期（{expires}）早于施行日期（{effective}），没有改。"
CORRECTED = "已更正：{source}"
UNKNOWN_SUCCESSOR = "库里还没有“{name}”，先记下名称；导入以后就能对上。"
ALL_CLEAN = "没有要处理的。"
NATIONWIDE = "全国"
NO_END = "长期"

FIELDS = {
    "title": "标题",
    "issuer": "发文机关",
    "number": "文号",
    "region": "适用地区",
    "issued": "公布日期",
    "effective": "施行日期",
    "expires": "有效期到",
    "status": "效力",
    "superseded_by": "被取代",
}
STATUSES = {
    "有效": "in_force",
    "现行有效": "in_force",
    "废止": "repealed",
    "失效": "repealed",
    "已废止": "repealed",
}
_STATUS_SHOWN = {"in_force": "有效", "repealed": "废止"}

HEADINGS = {
    "expired": "过了有效期或已废止的",
    "expiring": "30 天内到期的",
    "superseded": "已被取代的",
    "coming": "30 天内开始施行的",
    "unreviewed": "要核对的卡片",
    "unanswered": "问了没答上的",
    "local_values": "过了有效期的本地标准",
    "lexicon": "词表里写错的",
}
COLUMNS = {
    "expired": ("文件", "有效期到", "来源"),
    "expiring": ("文件", "有效期到", "来源"),
    "superseded": ("文件", "取代它的", "来源"),
    "coming": ("文件", "施行日期", "来源"),
    "unreviewed": ("卡片", "依据", "为什么"),
    "unanswered": ("编号", "问题", "问过", "最近"),
    "local_values": ("编号", "地方", "名称", "有效期到"),
    "lexicon": ("文件", "毛病"),
}


def heading(kind: str, count: int) -> str:
    return f"{HEADINGS[kind]}（{count}）："


def cells(kind: str, row: Mapping[str, object]) -> tuple[str, ...]:
    """One finding of rule watch, a cell a column of `COLUMNS`."""
    match kind:
        case "expired" | "expiring":
            return f"《{row['document']}》", str(row["expires"] or "已废止"), str(row["source"])
        case "superseded":
            return f"《{row['document']}》", str(row["by"]), str(row["source"])
        case "coming":
            return f"《{row['document']}》", str(row["effective"]), str(row["source"])
        case "unreviewed":
            return str(row["card"]), str(row["document"]), _why(row)
        case "local_values":
            return f"#{row['no']}", str(row["place"]), str(row["what"]), str(row["expires"])
        case "lexicon":
            return str(row["file"]), str(row["fault"])
        case _:
            return f"#{row['no']}", str(row["question"]), f"{row['times']} 次", str(row["last"])[:10]


def _why(row: Mapping[str, object]) -> str:
    if row["unfounded"]:
        return "条文里找不到卡片依据的话"
    if row["changed"]:
        return f"上次核对（{row['reviewed']}）以后，法规有改动"
    return str(row["review"] or f"上次核对 {row['reviewed'] or '没有记录'}")


def more(count: int) -> str:
    return f"  ……还有 {count} 条，用 --json 看全部"


def document_line(row: Mapping[str, object]) -> str:
    """One document of the list."""
    said = [str(row[name]) for name in ("number", "region") if row[name]]
    said += [
        f"{label} {row[name]}"
        for name, label in (("issued", "公布"), ("effective", "施行"), ("expires", "有效期到"))
        if row[name]
    ]
    if row["status"] == "repealed" or row["superseded_by"]:
        said.append(f"被“{row['superseded_by']}”取代" if row["superseded_by"] else "已废止")
    if corrected := _corrected(row):
        said.append(f"更正过：{'、'.join(FIELDS[name] for name in corrected)}")
    about = f"（{'，'.join(said)}）" if said else ""
    return f"{row['source']}  《{row['title']}》 {row['passages']} 条（段）{about}"


def details(row: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """What is known of a document: name, value, and what the text says where the operator corrected it."""
    corrected = _corrected(row)
    lines = [("来源", str(row["source"]), "")]
    for name, label in FIELDS.items():
        note = f"（更正；原文：{_shown(name, corrected[name]) or '没有写'}）" if name in corrected else ""
        lines.append((label, _shown(name, row[name]) or "—", note))
    return [*lines, ("条（段）", str(row["passages"]), "")]


def _shown(name: str, value: object) -> str:
    return _STATUS_SHOWN.get(str(value), "") if name == "status" else str(value or "")


def _corrected(row: Mapping[str, object]) -> Mapping[str, str]:
    said = row["corrected"]
    assert isinstance(said, Mapping)
    return said


def listed(names: Sequence[str] | Iterable[str]) -> str:
    return "、".join(names)
