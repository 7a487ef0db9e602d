"""Wording of policy answers."""

import re
from collections.abc import Sequence
from datetime import date

from bot.chat import phrases as engine
from bot.chat.errors import BadInput, DomainError
from bot.chat.reply import Reply, Text
from knowledge.answer import Answer, Verdict
from knowledge.doors import Door
from knowledge.passage import Card
from knowledge.search import Hit

ASK_QUESTION = "想问什么政策？直接说一句话就行。"
THANKS_USEFUL = "好的，谢谢！"
THANKS_USELESS = "记下了，会请人核对这条回答。急事请到乡镇（街道）便民服务中心或拨打 12345。"
NO_LAST_ANSWER = "前面还没有回答可以评价，先问一个问题吧。"

SAME_NAME = "这一次导入里已经有同名的文件“{source}”，请改名，或把它们放进一个文件夹一起导入。"

NOT_IMPORTED = "（原文没有入库，以上是大意。）"

SHOWN = 400
"""Characters of an article shown at once."""

DOORS = {
    Door.WRONGDOING: "反映干部违纪违法的事不在这里说，也别发在群里。请向乡镇（街道）或县纪委监委反映，可拨打 12388；您的情况会依法保密。",
    Door.MINORS: "孩子的个人信息受法律保护，不能在这里提供。确有工作需要，请找村（社区）儿童主任当面办。",
    Door.PRIVACY: "别人的姓名、电话、身份和困难情况是个人隐私，不能提供，也请不要发在群里。",
    Door.FORGERY: "材料必须真实，弄虚作假要负法律责任，这个帮不了。缺材料的话，请问乡镇（街道）便民服务中心能用什么代替。",
    Door.VOTE: "选谁由您自己定，我不能给意见。选举的规矩可以问我，例如：村委会换届怎么投票？",
    Door.PERSONAL_CASE: "个人的办理进度、能报多少、能补多少，要看实际材料，我查不到也算不准。请带身份证到乡镇（街道）便民服务中心问，或拨打 12345。",
    Door.LOCAL_FIGURE: "各地的具体标准每年不同，以当地公布为准，我不能报数。请问乡镇（街道）便民服务中心或拨打 12345。",
    Door.OUT_OF_SCOPE: "我只答政策和办事的事，这个帮不上忙。",
}


class NoSuchArticle(DomainError):
    def __init__(self, document: str, article: str) -> None:
        super().__init__(f"没找到《{document[:40]}》{article[:12]}。请核对文件名和条数。")


class NoSuchPassage(DomainError):
    sentence = "这条内容已经不在库里了，请重新问一次。"


def which_article() -> BadInput:
    return BadInput("请写清文件名和第几条。")


def answered(found: Answer, *, private: bool = True) -> Reply:
    """The answer with its citation, then the other candidates as 2, 3; or what to do instead."""
    pick = engine.pick("原文", private=private)
    if found.verdict is Verdict.DECLINED and found.door is not None:
        return _with_candidates(DOORS[found.door], found.candidates, "有关规定：", pick)
    if found.hit is None:
        return _unsure(found.candidates, pick)
    body = _plain_words(found.card) if found.card else _article(found.hit, SHOWN)
    others = [hit for hit in found.candidates if hit.passage_id != found.hit.passage_id]
    parts = [Text(body, citation(found.hit))]
    if others:
        lines = ["还可能有关：", *(f"{place}. {_named(hit)}" for place, hit in enumerate(others, start=2))]
        parts.append(Text("\n".join([*lines, f"{pick}，1 是本条。"])))
    elif found.card:
        parts.append(Text(f"{pick.replace('序号', ' 1 ')}。"))
    return Reply(tuple(parts), _references([found.hit, *others]))


def article(hit: Hit) -> Reply:
    """One article whole; a card's words where the article itself is not in the base."""
    text = _article(hit, None)
    if hit.plain is not None and hit.text == hit.plain.answer:
        text = f"{text}\n{NOT_IMPORTED}"
    return Reply.text(text, citation=citation(hit))


def citation(hit: Hit) -> str:
    """Document, article, date and whether it still holds."""
    dates = [f"{_day(hit.issued)}公布"] if hit.issued else []
    dates += [f"{_day(hit.effective)}起施行"] if hit.effective and hit.effective != hit.issued else []
    about = f"（{'，'.join(dates)}）" if dates else ""
    stale = "【注意：此文本已失效或已有新版本】" if hit.superseded else ""
    return f"依据：{_named(hit)}{about}{stale}"


def _unsure(candidates: Sequence[Hit], pick: str) -> Reply:
    text = (
        "这个我没把握，不敢乱答。可以换个说法再问，写清是哪件事（例如：低保怎么申请）；"
        "急事请到乡镇（街道）便民服务中心或拨打 12345。您的问题（不含姓名）已记下，会请人补充。"
    )
    return _with_candidates(text, candidates, "下面几条可能沾边，仅供参考：", pick)


def _with_candidates(text: str, candidates: Sequence[Hit], heading: str, pick: str) -> Reply:
    if not candidates:
        return Reply.text(text)
    lines = [text, heading, *(f"{place}. {_named(hit)}" for place, hit in enumerate(candidates, start=1))]
    lines.append(f"{pick}。")
    return Reply.text("\n".join(lines), listing=_references(candidates))


def _plain_words(card: Card) -> str:
    lines = [card.answer]
    lines += [
        f"{label}：{value}"
        for label, value in (("去哪办", card.where), ("带什么", card.bring), ("几天", card.takes))
        if value
    ]
    return "\n".join(lines)


def _article(hit: Hit, limit: int | None) -> str:
    text = re.sub(r"\n{2,}", "\n", hit.text.strip())
    if limit is not None and len(text) > limit:
        end = max(text.rfind(mark, 0, limit) for mark in "。；\n")
        text = text[: end + 1 if end > limit // 2 else limit] + "……"
    return f"《{hit.document}》\n{text}"


def _named(hit: Hit) -> str:
    return f"《{hit.document}》{hit.article or hit.heading.split(' > ')[-1]}"


def _references(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(f"passage:{hit.passage_id}" for hit in hits)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
