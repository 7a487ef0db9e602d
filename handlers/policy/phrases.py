"""Wording of policy answers."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo

from bot.chat import phrases as engine
from bot.chat.errors import BadInput, DomainError
from bot.chat.reply import Reply, Text
from bot.masking import hide_people
from handlers.policy.excerpt import GAP
from handlers.policy.follow_up import Aspect
from handlers.policy.local.phrases import OWN_CASE, local_lines
from handlers.policy.use_cases import Noted
from knowledge.answer import Verdict
from knowledge.doors import Door
from knowledge.freshness import Stale, stale, text_day
from knowledge.passage import Card
from knowledge.search import Hit
from storage.questions import AskedQuestion, Standing

ASK_QUESTION = "想问什么政策？直接说一句话就行。"
THANKS_USEFUL = "好的，谢谢！"
THANKS_USELESS = "记下了，会请人核对这条回答。急事请到乡镇（街道）便民服务中心或拨打 12345。"
NO_LAST_ANSWER = "前面还没有回答可以评价，先问一个问题吧。"

SAME_NAME = "这一次导入里已经有同名的文件“{source}”，请改名，或把它们放进一个文件夹一起导入。"

NOT_IMPORTED = "（原文没有入库，以上是大意。）"

DOORS = {
    Door.WRONGDOING: "反映干部违纪违法的事不在这里说，也别发在群里。请向乡镇（街道）或县纪委监委反映，可拨打 12388；您的情况会依法保密。想私下交给县里接办，私聊我发“/举报 内容”。",
    Door.MINORS: "孩子的个人信息受法律保护，不能在这里提供。确有工作需要，请找村（社区）儿童主任当面办。",
    Door.PRIVACY: "别人的姓名、电话、身份和困难情况是个人隐私，不能提供，也请不要发在群里。",
    Door.FORGERY: "材料必须真实，弄虚作假要负法律责任，这个帮不了。缺材料的话，请问乡镇（街道）便民服务中心能用什么代替。",
    Door.VOTE: "选谁由您自己定，我不能给意见。选举的规矩可以问我，例如：村委会换届怎么投票？",
    Door.PERSONAL_CASE: "个人的办理进度、能报多少、能补多少，要看实际材料，我查不到也算不准。请带身份证到乡镇（街道）便民服务中心问，或拨打 12345。",
    Door.LOCAL_FIGURE: "各地的具体标准每年不同，以当地公布为准，我不能报数。请问乡镇（街道）便民服务中心或拨打 12345。",
    Door.OUT_OF_SCOPE: "我只答政策和办事的事，这个帮不上忙。",
}
_WHY_STALE = {
    Stale.ENDED: "此文本已失效或已有新版本",
    Stale.CHANGED: "条文后来有改动",
    Stale.REVIEW: "可能已有新规定",
}

_LINES = {Aspect.WHERE: "去哪办", Aspect.BRING: "带什么", Aspect.TAKES: "几天", Aspect.COST: "多少钱"}
_NOT_WRITTEN = {**_LINES, Aspect.BRING: "要带什么", Aspect.TAKES: "要几天", Aspect.COST: "要多少钱"}
_NOTED_DOWN = "您的问题（不含姓名）已记下，会请人补充。"
_ASK_THERE = f"请问乡镇（街道）便民服务中心或拨打 12345；{_NOTED_DOWN}"
_ASK_OFFICE = "要问清楚，请到乡镇（街道）便民服务中心或拨打 12345。"


class NoSuchArticle(DomainError):
    def __init__(self, document: str, article: str) -> None:
        super().__init__(f"没找到《{document[:40]}》{article[:12]}。请核对文件名和条数。")


class NoSuchPassage(DomainError):
    sentence = "这条内容已经不在库里了，请重新问一次。"


def which_article() -> BadInput:
    return BadInput("请写清文件名和第几条。")


def replied(noted: Noted, *, private: bool = True) -> Reply:
    """As `answered`; what leaned on the question before says so, and no name or number that was asked with."""
    taken, found = noted.taken, noted.taken.answer
    if taken.vague and taken.aspect:
        return Reply.text(f"您问的是哪件事？请连事情一起说，例如：低保{_NOT_WRITTEN[taken.aspect]}。")
    if taken.before is None:
        return answered(noted, private=private)
    before = _shortened(hide_people(taken.before))
    if taken.aspect and found.hit and found.card:
        said = taken.aspect.of(found.card)
        told = [f"{_LINES[taken.aspect]}：{said}"] if said else []
        body = "\n".join([f"接上一问“{before}”：", *told, *local_lines(noted.figures, said)])
        return Reply((Text(body, citation(found.hit)),), _references([found.hit]))
    if taken.aspect:
        return Reply.text(f"“{before}”这件事{_NOT_WRITTEN[taken.aspect]}，库里没有写。{_ASK_THERE}")
    if taken.unsaid:
        text = f"上一问“{before}”，库里没有专门说“{hide_people(taken.unsaid)}”。{_ASK_THERE}"
        return _with_candidates(
            text, found.candidates, "下面几条可能沾边，仅供参考：", engine.pick("原文", private=private)
        )
    reply = answered(noted, private=private)
    first, *rest = reply.parts
    assert isinstance(first, Text)
    leaning = Text(
        f"接上一问，按“{_shortened(hide_people(taken.asked))}”来答：\n{first.text}", first.citation
    )
    return Reply((leaning, *rest), reply.listing)


def replied_aside(noted: Noted) -> Reply:
    """As `replied`, with nothing to choose from: what numbers mean in this chat is asked by another."""
    found = replace(noted.taken.answer, candidates=())
    return Reply(replied(replace(noted, taken=replace(noted.taken, answer=found))).parts[:1])


def answered(noted: Noted, *, private: bool = True) -> Reply:
    """The answer with its citation, then the other candidates as 2, 3; or what to do instead."""
    found = noted.taken.answer
    pick = engine.pick("原文", private=private)
    if found.hit is None and noted.figures.asked and noted.figures.values:
        amounts = "\n".join([*local_lines(noted.figures), OWN_CASE])
        return _with_candidates(amounts, found.candidates[:1], "有关规定：", pick)
    if found.verdict is Verdict.DECLINED and found.door is not None:
        return _with_candidates(_refused(noted) or DOORS[found.door], found.candidates, "有关规定：", pick)
    if found.hit is None:
        return _unsure(noted, pick)
    body = "\n".join([_plain_words(found.card) if found.card else _article(found.hit), *_local(noted)])
    others = [hit for hit in found.candidates if hit.passage_id != found.hit.passage_id]
    parts = [Text(body, citation(found.hit))]
    if others:
        lines = ["还可能有关：", *(f"{place}. {_offered(hit)}" for place, hit in enumerate(others, start=2))]
        parts.append(Text("\n".join([*lines, f"{pick}，1 是本条。"])))
    elif (found.card and (found.card.law or not found.card.origin)) or GAP in body:
        parts.append(Text(f"{pick.replace('序号', ' 1 ')}。"))
    return Reply(tuple(parts), _references([found.hit, *others]))


def _local(noted: Noted) -> list[str]:
    card = noted.taken.answer.card
    return local_lines(noted.figures, card.answer if card else "")


def _refused(noted: Noted) -> str:
    """A keeper has seen this very question before: it is not noted down once more."""
    told = f"这个问题管理员看过，不另作答复：{noted.refused.rstrip('。')}。{_ASK_OFFICE}"
    return told if noted.refused else ""


def article(hit: Hit) -> Reply:
    """One article whole; a card's words where the article itself is not in the base."""
    if hit.plain is not None and hit.plain.origin and not hit.plain.law:
        return Reply.text(f"{hit.plain.title}\n{_plain_words(hit.plain)}", citation=citation(hit))
    text = _article(hit)
    if hit.plain is not None and hit.text == hit.plain.answer:
        text = f"{text}\n{NOT_IMPORTED}"
    return Reply.text(text, citation=citation(hit, issuer=hit.issuer))


def citation(hit: Hit, *, issuer: str = "") -> str:
    """Document, article, 文号, dates, and whether it still holds; of a keeper's answer, whose it is and since when.

    `issuer`: who issued it, where there is room to say so.
    """
    origin = hit.plain.origin if hit.plain else ""
    if hit.plain and origin and not hit.plain.law:
        return f"依据：{origin}"
    card = hit.plain if hit.plain and hit.text == hit.plain.answer else None
    known = [
        *([hit.number] if hit.number else []),
        *_dates(card.issued if card else hit.issued, hit.effective, issuer),
        *([f"有效期至{_day(hit.expires)}"] if hit.expires else []),
    ]
    about = f"（{'，'.join(known)}）" if known else ""
    return f"依据：{_named(hit)}{about}{_stale(hit)}{'；' + origin if origin else ''}"


def _stale(hit: Hit) -> str:
    """What an answer says that rests on a text which may no longer be right."""
    why = stale(hit)
    if why is None:
        return ""
    if why is Stale.AWAITS:
        return "【注意：还没有开始施行】"
    day = text_day(hit)
    as_of = f"以{day.year}年{day.month}月文本为准，" if day else "注意："
    return f"【{as_of}{_WHY_STALE[why]}，办事前请向乡镇（街道）核实】"


def _dates(issued: date | None, effective: date | None, issuer: str) -> list[str]:
    """An amended law holds since its first day and is cited in the text of its last amendment."""
    if issued and effective and issued > effective:
        return [f"{issuer}{'发布，' if issuer else ''}{_day(effective)}起施行", f"{_day(issued)}修正文本"]
    said = [f"{_day(issued)}{issuer}公布"] if issued else [f"{issuer}发布"] if issuer else []
    return said + ([f"{_day(effective)}起施行"] if effective and effective != issued else [])


def _unsure(noted: Noted, pick: str) -> Reply:
    text = _refused(noted) or (
        "这个我没把握，不敢乱答。可以换个说法再问，写清是哪件事（例如：低保怎么申请）；"
        f"急事请到乡镇（街道）便民服务中心或拨打 12345。{'' if noted.sealed else _NOTED_DOWN}"
    )
    return _with_candidates(text, noted.taken.answer.candidates, "下面几条可能沾边，仅供参考：", pick)


def _with_candidates(text: str, candidates: Sequence[Hit], heading: str, pick: str) -> Reply:
    if not candidates:
        return Reply.text(text)
    lines = [text, heading, *(f"{place}. {_offered(hit)}" for place, hit in enumerate(candidates, start=1))]
    lines.append(f"{pick}。")
    return Reply.text("\n".join(lines), listing=_references(candidates))


def _plain_words(card: Card) -> str:
    lines = [card.answer]
    lines += [
        f"{label}：{value}"
        for aspect, label in _LINES.items()
        if aspect is not Aspect.COST and (value := aspect.of(card))
    ]
    return "\n".join(lines)


def _article(hit: Hit) -> str:
    text = re.sub(r"\n{2,}", "\n", hit.text.strip())
    return f"《{hit.document}》\n{text}"


def _named(hit: Hit) -> str:
    if hit.plain and hit.plain.origin and not hit.plain.law:
        return f"“{hit.plain.title}”（{hit.plain.origin}）"
    of_card = hit.plain is not None and hit.heading == hit.plain.title
    return f"《{hit.document}》{hit.article or ('' if of_card else hit.heading.split(' > ')[-1])}"


def _offered(hit: Hit) -> str:
    """A candidate, with what it is about in plain words where a card says so: nobody knows articles by number."""
    card = hit.plain
    return f"{_named(hit)}：{_shortened(card.title)}" if card and card.law and card.title else _named(hit)


def _references(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(f"passage:{hit.passage_id}" for hit in hits)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


ASK_ANSWER = (
    "怎么答？直接写。可以带上“去哪办：”“带什么：”“几天：”“适用：各地”，最后写“依据《文件》第几条”；"
    "和答过的一样，写“同 编号”。"
)
ASK_WHY_NOT = "为什么不答？一句话，会告诉问的人。"
NO_QUEUE = "没有等着答复的问题。"

_STANDING = {Standing.WAITING: "待答", Standing.ANSWERED: "已答复", Standing.DROPPED: "不答"}


class NoSuchQuestion(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"没有问题 #{no}，请核对编号。发“/待答”看等着答复的。")


class NothingToShare(DomainError):
    def __init__(self, same: str) -> None:
        number = same.removeprefix("keeper-")
        what = f"问题 #{number} 还没有答复" if number != same else f"没有卡片“{same}”"
        super().__init__(f"{what}，不能写“同”。请写已经答复的问题编号，或卡片编号。")


def same_as_itself(no: int) -> BadInput:
    return BadInput(f"问题 #{no} 不能同它自己。")


def no_such_level(level: str) -> BadInput:
    return BadInput(f"“{level}”不知道是哪里，请写地名，例如：适用：金山县；各地都适用写“适用：各地”。")


def no_such_place(name: str) -> BadInput:
    return BadInput(f"没有“{name[:20]}”这个地方，请核对地名；各地都适用写“适用：各地”。")


def nothing_said() -> BadInput:
    return BadInput("还没有写怎么答。")


def answer_too_long(most: int) -> BadInput:
    return BadInput(f"答复最多 {most} 个字，请写短些。")


def queue(waiting: Sequence[AskedQuestion], count: int, *, private: bool) -> Reply:
    """The questions that wait, most often asked first; `count` of them in all."""
    if not waiting:
        return Reply.text(NO_QUEUE)
    more = f"，先看前 {len(waiting)} 个" if count > len(waiting) else ""
    lines = [f"等着答复的问题（共 {count} 个{more}）："]
    lines += [
        f"{place}. #{each.no} {_shortened(each.text)}（{each.place + '，' if each.place else ''}问过 {each.times} 次）"
        for place, each in enumerate(waiting, start=1)
    ]
    lines.append(f"{engine.pick('全文', private=private)}；答复发“/答复 编号 内容”，编号是 # 后面的数。")
    return Reply.text("\n".join(lines), listing=tuple(f"question:{each.no}" for each in waiting))


def question(asked: AskedQuestion, card: Card | None, zone: tzinfo | None) -> Reply:
    """One question, with the answer that stands."""
    last = asked.last.astimezone(zone).date()
    lines = [
        f"问题 #{asked.no}〔{_STANDING[asked.standing]}〕",
        asked.text,
        f"{asked.place + '，' if asked.place else ''}问过 {asked.times} 次，最近 {last.month}月{last.day}日",
    ]
    if asked.reason:
        lines.append(f"不答的原因：{asked.reason}")
    if card is not None:
        same = f"（同 {_card_name(asked.same)}）" if asked.same else ""
        lines += [f"现在的答复{same}：", _plain_words(card)]
        lines += [f"依据：{_foundation(card)}", f"适用：{'、'.join(card.places) or '各地'}"]
    lines.append(f"答复发“/答复 {asked.no} 内容”，不答发“/不答 {asked.no} 原因”。")
    return Reply.text("\n".join(lines))


def _foundation(card: Card) -> str:
    """The law a card rests on, and whose answer it is."""
    law = f"《{card.law}》{card.article or ''}" if card.law else ""
    return "；".join(filter(None, (law, card.origin)))


def _there(places: Sequence[str]) -> str:
    return f"在{'、'.join(places)}" if places else ""


def _card_name(card_id: str) -> str:
    return f"#{card_id.removeprefix('keeper-')}" if card_id.startswith("keeper-") else f"卡片 {card_id}"


def answer_kept(
    no: int, told: int, again: bool, unknown: str, *, places: Sequence[str] = (), said: bool = False
) -> Reply:
    """`places`: where it holds from now on, () everywhere; `said`: the keeper wrote so."""
    kept = "已改好" if again else "已入库"
    lines = [f"问题 #{no} 的答复{kept}，{_there(places)}再有人这样问就这样答。{_told(told)}"]
    if places and not said:
        lines.append("别处也适用的，再答复一次，末尾写上“适用：各地”或“适用：全县”。")
    if unknown:
        lines.append(f"库里没有{unknown}，先照您写的附在答复后面；导入这份文件后再答复一次，就能对上原文。")
    return Reply.text("\n".join(lines))


def joined(no: int, same: str, told: int, places: Sequence[str]) -> Reply:
    used = f"{_there(places)}再有人这样问，就用那个答复。"
    return Reply.text(f"问题 #{no} 记为 {_card_name(same)} 的另一种问法，{used}{_told(told)}")


def dropped(no: int, told: int, again: bool, reopened: Sequence[int] = ()) -> Reply:
    taken = "，原来的答复已从库里撤下" if again else ""
    others = "、".join(f"#{each}" for each in reopened)
    waiting = f"用同一个答复的 {others} 回到待答。" if reopened else ""
    return Reply.text(f"问题 #{no} 不再列出{taken}。{waiting}{_told(told)}")


def asker_answered(asked: str, card: Card) -> Reply:
    """What the asker is told, in private."""
    text = f"您问过“{_shortened(asked)}”，有答复了：\n{_plain_words(card)}"
    return Reply.text(text, citation=f"依据：{_foundation(card)}")


def asker_refused(asked: str, reason: str) -> Reply:
    return Reply.text(f"您问过“{_shortened(asked)}”，这里不另作答复：{reason}")


def origin(office: str, day: date) -> str:
    """Whose answer it is: an office, never a person."""
    return f"{office or '连心管理员'}答复，{_day(day)}"


def with_unknown_law(text: str, named: str) -> str:
    return f"{text}\n（答复人注明的依据：{named}）"


def _told(count: int) -> str:
    return f"已告诉问的人（{count} 位）。" if count else ""


def _shortened(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}……"
