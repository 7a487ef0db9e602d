"""Wording of the digest."""

import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, time

from bot.chat import phrases as engine
from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Markdown, Reply
from handlers.digests.morning import Morning, Preview
from handlers.digests.opening import told
from handlers.digests.rules import LABELS, QUIET_BEFORE, QUIET_FROM, TOPICS, Off, Schedule, Sums
from storage.digests import Item
from storage.documents import StoredDocument
from storage.push_plans import WORKDAYS, Plan

WEEKDAYS = "一二三四五六日"
NOTHING_NEW = "没有新内容"
UNAPPROVED = "未审批"
MISSED = "误了钟点，当天不补"
STOOD_STILL = "服务没有运行"
OFF = {Off.PAUSED: "暂停中", Off.DAY_OFF: "不是工作日", Off.NOT_CHOSEN: "这天不推"}
NOTHING_TODAY = "今天没有新内容。"
NO_SUCH_ITEM = "这条内容已经不在了。"
NOT_COORDINATOR = "群里的推送由本群的村（社区）干部来定；您自己的请私聊我发“/订阅”“/退订”。"
ENDS = "不想收了，请村（社区）干部在群里发“/退订”。"
STOPPED = "本群的推送现在停着，不会发；要恢复发“/订阅”。\n"

PLACE = "序号"
YES_OR_NO = {"要": True, "开": True, "不要": False, "关": False, "不用": False}
"""What /推送 审批 takes."""

_WHY = {
    "policy": ("有人问起时，照着这条说。", "入户遇上了，翻出来对一对。", "心里先有个数，回话有依据。"),
    "case": (
        "别处的做法，看看咱这儿能不能用。",
        "看人家怎么办成的，挑合用的学。",
        "开会议事时可以说给大家听。",
    ),
    "daily_read": ("花一分钟看看，入户时用得上。", "记住一句，今天就能用。", "念给大伙听也合适。"),
}


def why(kind: str, key: str) -> str:
    """The sentence for an item that neither its source nor a season or subject has one for; of a key always the same."""
    said = _WHY.get(kind, ("",))
    return said[zlib.crc32(key.encode()) % len(said)]


class NoSuchTopic(DomainError):
    def __init__(self, word: str, subjects: Sequence[str] = ()) -> None:
        also = f"；也可以写一类事：{'、'.join(subjects)}" if subjects else ""
        super().__init__(f"没有“{word[:10]}”这个主题，可以写：{'、'.join(TOPICS.values())}{also}。")


class NotCoordinator(NotAllowed):
    sentence = NOT_COORDINATOR


class PushedAlready(DomainError):
    sentence = "今天已经推送过了，一天最多一次。"


class NothingNew(DomainError):
    sentence = "没有新内容可推送。"


class QuietNow(DomainError):
    def __init__(self, plan: Plan) -> None:
        super().__init__(f"现在是静默时间（{_quiet(plan)}），不推送；过了再发。")


class BadTime(DomainError):
    def __init__(self, plan: Plan) -> None:
        first, last = max(plan.quiet_until, QUIET_BEFORE), min(plan.quiet_from, QUIET_FROM)
        super().__init__(
            f"推送时间写成 08:30 这样，要在 {first:%H:%M} 到 {last:%H:%M} 之间（不含 {last:%H:%M}）。"
        )


class BadDays(DomainError):
    sentence = "哪些天推，写“工作日”或“周一三五”这样；节假日不推，周末要推就写上周六、周日。"


class BadDate(DomainError):
    sentence = "日期写成 2026-03-10 或 3月10日 这样，不能是过去的。"


class BadQuiet(DomainError):
    sentence = "静默时间写成 19:00-08:00 这样，要包含 20:00 到次日 7:00，也不能盖住推送时间。"


class NoNotice(DomainError):
    sentence = "请把要置顶的话写在后面，最多 200 个字，例如：/推送 置顶 周五下午清运垃圾 到 3月6日"


class NoSuchNotice(DomainError):
    def __init__(self, count: int) -> None:
        super().__init__(f"写第几条置顶通知，现在共 {count} 条。" if count else "现在没有置顶通知。")


class NoSuchPlace(DomainError):
    def __init__(self, count: int) -> None:
        super().__init__(f"写条目的序号，这份早报共 {count} 条。" if count else "这份早报里没有条目。")


class BadOrder(DomainError):
    def __init__(self, count: int) -> None:
        numbers = " ".join(str(number) for number in range(count, 0, -1))
        super().__init__(f"把 {count} 个序号按新的先后都写上，例如：/推送 调序 {numbers}")


class NothingToAdd(DomainError):
    sentence = "要添什么写在后面，最多 300 个字，例如：/推送 添加 周五上午镇上义诊"


class ApprovalUnclear(DomainError):
    sentence = "要每份早报批准了才推，发“/推送 审批 要”；不用批准发“/推送 审批 不要”。"


def digest(morning: Morning, *, private: bool = False) -> Reply:
    """The digest of a day: it carries its date, so that one sent late or again is recognised."""
    day = morning.day
    head = f"【连心早报】{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"
    plain, marked = [head], [f"**{head}**"]
    for notice in morning.notices:
        plain.append(f"〔通知〕{notice.text}")
        marked.append(f"**〔通知〕{_tamed(notice.text)}**")
    for place, item in enumerate(morning.items, start=1):
        plain.append(_item_text(place, item))
        marked.append(_item_markdown(place, item))
    if morning.open_wishes:
        line = f"本群还有 {morning.open_wishes} 个心愿待认领，发“/心愿单”看。"
        plain.append(line)
        marked.append(line)
    foot = _foot(bool(morning.told), private=private)
    if foot:
        plain.append(foot)
        marked.append(f"> {foot}")
    listing = tuple(f"item:{item.key}" for item in morning.items)
    return Reply((Markdown("\n\n".join(marked), "\n\n".join(plain), published=True),), listing)


def _foot(items: bool, *, private: bool) -> str:
    pick = engine.pick("全文", private=private) if items else ""
    if private:
        return f"{pick}。" if pick else ""
    return f"{pick}；{ENDS}" if pick else ENDS


def _item_text(place: int, item: Item) -> str:
    head = f"{place}. 〔{LABELS[item.kind]}〕"
    source = f"\n（{item.source}）" if item.source else ""
    if not item.why:
        return f"{head}{item.title}\n{told(item.body)}{source}".replace("\n\n", "\n")
    return f"{head}{item.why}\n【{item.title}】{told(item.body)}{source}"


def _item_markdown(place: int, item: Item) -> str:
    lines = [f"**{place}. 〔{LABELS[item.kind]}〕{_tamed(item.title)}**"]
    lines += [f"> {_tamed(item.why)}"] if item.why else []
    lines += [_tamed(told(item.body))] if item.body else []
    lines += [f"（{_tamed(item.source)}）"] if item.source else []
    return "\n".join(lines)


_LOOK_ALIKES = str.maketrans("*_`~<>[]|\\#", "＊＿｀～＜＞［］｜＼＃")


def _tamed(text: str) -> str:
    """Words that markdown shows as they are written."""
    return text.translate(_LOOK_ALIKES)


def item(found: Item | None) -> Reply:
    if found is None:
        return Reply.text(NO_SUCH_ITEM)
    return Reply.text(
        f"〔{LABELS[found.kind]}〕{found.title}\n{found.body}".strip(),
        citation=found.source and f"来源：{found.source}",
    ).published()


def today(morning: Morning, *, private: bool) -> Reply:
    if not morning.told and not morning.notices:
        return Reply.text(NOTHING_TODAY)
    return digest(morning, private=private)


def preview(shown: Preview) -> Reply:
    stopped = STOPPED if shown.stopped else ""
    if not shown.morning.worth_a_push:
        return Reply.text(f"{stopped}{_when_empty(shown)}")
    body = digest(shown.morning)
    day = shown.morning.day
    text = f"{stopped}下次推送（{day.isoformat()} {shown.push_at:%H:%M}）的样子：\n{body.plain()}"
    return Reply.text("\n\n".join([text, *_desk_lines(shown)]), listing=body.listing).published()


def _when_empty(shown: Preview) -> str:
    return (
        "下次没有新内容，不会推送。"
        if not shown.off
        else f"{shown.morning.day.isoformat()} {shown.off}，不会推送。"
    )


def _desk_lines(shown: Preview) -> list[str]:
    lines = []
    if shown.off:
        lines.append(f"这天{shown.off}，到时不会推送。")
    if shown.approval:
        lines.append(
            "这份已批准。"
            if shown.morning.approved_by
            else "这份还没批准，到时不会推送；批准发“/推送 批准”。"
        )
    if shown.sizes:
        sizes = "、".join(f"{name} {count} 条" for name, count in shown.sizes.items())
        lines.append(f"共 {shown.bytes} 字节：{sizes}。")
    return ["\n".join(lines)] if lines else []


def pushed() -> Reply:
    return Reply.text("今天的推送马上发到群里。")


def stopped() -> Reply:
    return Reply.text("本群的推送已停。要恢复发“/订阅”。")


def statistics(sums: Sums) -> Reply:
    return Reply.text(f"最近 30 天：{counted(sums)}。")


def counted(sums: Sums) -> str:
    """planned = sent + failed + unknown + skipped, and what is still under way."""
    parts = [f"发出 {sums.sent}", f"失败 {sums.failed}", f"不确定 {sums.unknown}", f"没推 {sums.skipped}"]
    parts += [f"待发 {sums.waiting}"] if sums.waiting else []
    return f"计划 {sums.planned} 次 = {' + '.join(parts)}"


def choices(wanted: Mapping[str, bool], group: bool, when: str) -> Reply:
    """`wanted`: topics, and those subjects somebody said something of."""
    on = [label for key, label in TOPICS.items() if wanted[key]]
    subjects = [name for name, chosen in wanted.items() if chosen and name not in TOPICS]
    without = [name for name, chosen in wanted.items() if not chosen and name not in TOPICS]
    more = f"；{'、'.join(subjects)}的排在前面" if subjects else ""
    more += f"；不要{'、'.join(without)}的" if without else ""
    if not group:
        if not on:
            return Reply.text("您已退订全部主题，发“/今日”也不再显示内容。要恢复发“/订阅”。")
        return Reply.text(f"您发“/今日”时会看到：{'、'.join(on)}{more}。不要哪个发“/退订 主题”。")
    if not on:
        return Reply.text("本群已退订全部主题，不再推送。要恢复发“/订阅”。")
    return Reply.text(f"本群订阅了：{'、'.join(on)}{more}{when}。不要哪个发“/退订 主题”。")


def at(push_at: time, plan: Plan, pushed: bool) -> str:
    return f"，{days(plan)} {push_at:%H:%M} 推送" if pushed else "，推送现在停着，要恢复发“/推送 恢复”"


def days(plan: Plan) -> str:
    if plan.days == WORKDAYS:
        return "工作日"
    if plan.days == "1234567":
        return "每天"
    return "周" + "".join(WEEKDAYS[int(mark) - 1] for mark in plan.days)


def schedule(now: Schedule) -> Reply:
    plan = now.plan
    lines = [f"本群的早报：{days(plan)} {now.push_at:%H:%M} 推送，静默时间 {_quiet(plan)}。"]
    if not now.subscribed:
        lines = ["本群的推送停着；要恢复发“/推送 恢复”。"]
    elif plan.paused_until == date.max:
        lines.append("现在暂停着，到发“/推送 恢复”为止。")
    elif plan.paused_until is not None and plan.paused_until >= now.today:
        lines.append(f"暂停到 {plan.paused_until.isoformat()}（含这天），过后自己恢复。")
    if plan.approval:
        lines.append("每份早报要批准了才推。")
    return Reply.text("".join(lines))


def _quiet(plan: Plan) -> str:
    return f"{min(plan.quiet_from, QUIET_FROM):%H:%M} 到次日 {max(plan.quiet_until, QUIET_BEFORE):%H:%M}"


def no_place() -> str:
    return engine.missing(PLACE)


def pinned(done: tuple[str, date]) -> Reply:
    text, until = done
    return Reply.text(
        f"已置顶，每份早报开头都有，到 {until.isoformat()} 为止：{text}\n要提前撤下发“/推送 撤下 序号”。"
    ).published()


def unpinned(text: str) -> Reply:
    return Reply.text(f"已撤下：{text}")


def quiet_hours() -> str:
    return f"推送时间要在 {QUIET_BEFORE:%H:%M} 到 {QUIET_FROM:%H:%M} 之间（不含 {QUIET_FROM:%H:%M}）。"


def new_document(title: str, *, changed: bool) -> str:
    return f"《{title.strip('《》')}》{'换了新文本' if changed else '已收进知识库'}"


def why_new(*, changed: bool) -> str:
    return "条文有改动，照旧文说话之前先看一眼。" if changed else "新收进来的文件，有人问起按它说。"


def turning(title: str, day: date, *, ends: bool) -> str:
    return f"《{title.strip('《》')}》{day.month}月{day.day}日{'到期' if ends else '起施行'}"


def why_turning(*, ends: bool) -> str:
    return "到期以后还用不用，先问清再答复。" if ends else "从那天起按它办，以前的说法要改口。"


def about(document: StoredDocument) -> str:
    """What the text says of itself, as sentences; empty when it says nothing."""
    said = [
        f"{document.issuer}发布" if document.issuer else "",
        f"{document.number}" if document.number else "",
        _on(document.effective, "起施行"),
        f"有效期到{_date(document.expires)}" if document.expires else "",
    ]
    told = "，".join(each for each in said if each)
    return f"{told}。" if told else ""


def _on(day: date | None, what: str) -> str:
    return f"{_date(day)}{what}" if day else ""


def _date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


_YES_OR_NO = re.compile(
    r"(?:不行|行|不能|能|不可以|可以|不要|要|没有|有|不用|给|不给|管|不管|算|算数|会|不会)[，。]"
)


def unasked(answer: str) -> str:
    """An answer without the yes or no it begins with: nobody asked a question in the morning.

    >>> unasked("不行，秸秆不能露天烧。"), unasked("能领的都登记了。")
    ('秸秆不能露天烧。', '能领的都登记了。')
    """
    return _YES_OR_NO.sub("", answer, count=1) if _YES_OR_NO.match(answer) else answer
