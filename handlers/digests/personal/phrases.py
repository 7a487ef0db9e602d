"""Wording of the personal digest."""

from collections.abc import Sequence
from datetime import date, time

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Reply
from handlers.digests.personal.matters import Due, Matters, RuleTurn
from handlers.digests.personal.rules import CLAIM_DAYS, EARLIEST, LATEST
from storage.questions import AskedQuestion
from storage.wishes import Wish

TOPICS = frozenset({"个人", "我", "我的", "我的早报", "个人早报", "personal"})
"""What people call the personal digest where a topic is named."""

WEEKDAYS = "一二三四五六日"
ENDED = "本人已退订。"
SHOWN = 5
"""Matters of a kind that are named; of more, how many."""

BEGINNING = 24
"""Characters of a wish or question by which it is recognised."""

ENDS = "不想收了，发“/退订 个人”。"
ENDED_TOO = "个人早报也停了，要恢复发“/订阅 个人”。"
OFFER = "想每个工作日早上收到自己该办的事，发“/订阅 个人”。"


class PrivateOnly(DomainError):
    sentence = "个人早报只发给您本人，请私聊我再发“/订阅 个人”。"


class NotForYou(NotAllowed):
    sentence = "个人早报给第一书记、村（社区）干部和县委组织部用；您手头的事，发“/我”就能看到。"


class NoSuchTime(DomainError):
    def __init__(self, words: str) -> None:
        super().__init__(
            f"“{words[:10]}”不能定：时间要写成 7:30 这样，在 {EARLIEST:%H:%M} 到 {LATEST:%H:%M} 之间。"
        )


def begun(at: time) -> Reply:
    return Reply.text(
        f"好，从现在起每个工作日 {at:%H:%M} 告诉您当天该办的事；没有要办的，就不打扰您。"
        "换时间发“/订阅 个人 7:30”，不要了发“/退订 个人”。"
    )


def ended(there_was: bool) -> Reply:
    return Reply.text(
        "个人早报停了。要恢复发“/订阅 个人”。" if there_was else "您没有订阅个人早报，不会收到。"
    )


def personal(found: Matters, day: date) -> Reply:
    """In private: in full words, with the command that deals with each."""
    today = [
        _wishes("等您核实的心愿", found.to_verify, "发“/核实”"),
        _dues("您认领、过了期还没送到的", found.overdue, "送到了发“/送达 编号”，送不了发“/放弃 编号”"),
        _dues("您认领、今天该送到的", found.due, ""),
        _wishes("已送达、等您确认的", found.to_confirm, "收到了发“/点亮 编号”，没收到发“/未达 编号 原因”"),
        _stuck(found),
        _expiring("今天到期、还没人认领的", found.expiring),
        _questions(found.questions),
        f"不知送没送到的消息 {found.unknown} 条，请定一下：发“/发件”。" if found.unknown else "",
        *_turns(found.turns, day),
    ]
    week = [
        _dues("您认领、该送到的", found.week_due, ""),
        _expiring("要到期、还没人认领的", found.week_expiring),
        *_turns(found.week_turns, day),
    ]
    lines = [f"【个人早报】{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"]
    lines += [f"· {line}" for line in today if line]
    if any(week):
        lines += ["这一周：", *(f"· {line}" for line in week if line)]
    return Reply.text("\n".join([*lines, ENDS]))


def _wishes(title: str, wishes: Sequence[Wish], command: str) -> str:
    return _listed(title, [_wish(wish) for wish in wishes], command)


def _dues(title: str, dues: Sequence[Due], command: str) -> str:
    return _listed(title, [f"{_wish(due.wish)}（{_day(due.day)}到期）" for due in dues], command)


def _stuck(found: Matters) -> str:
    title = f"认领超过 {CLAIM_DAYS} 个工作日还没送到的"
    if found.county:
        return _listed(
            title, [f"#{due.wish.no}（{due.wish.place or '未定地点'}）" for due in found.stuck], ""
        )
    return _listed(
        title, [_wish(due.wish) for due in found.stuck], "问一问认领的人，或发“/心愿详情 编号”看看"
    )


def _expiring(title: str, wishes: Sequence[Wish]) -> str:
    named = [f"{_wish(wish)}（{_day(wish.expires_on)}）" for wish in wishes]
    return _listed(title, named, "还要的话，请找人认领")


def _questions(questions: Sequence[AskedQuestion]) -> str:
    named = [f"#{each.no} {_short(each.text)}" for each in questions]
    return _listed("没答上、等您答复的问题", named, "发“/待答”")


def _turns(turns: Sequence[RuleTurn], today: date) -> list[str]:
    return [
        f"{'今天' if turn.day == today else _day(turn.day)}{'起施行' if turn.begins else '到期'}：《{turn.title}》"
        for turn in turns[:SHOWN]
    ]


def _listed(title: str, named: Sequence[str], command: str) -> str:
    if not named:
        return ""
    more = f"；等 {len(named)} 个" if len(named) > SHOWN else ""
    then = f"。{command}" if command else ""
    return f"{title} {len(named)} 个：{'；'.join(named[:SHOWN])}{more}{then}。"


def _wish(wish: Wish) -> str:
    return f"#{wish.no} {_short(wish.content)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line[:BEGINNING] + ("…" if len(line) > BEGINNING else "")


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
