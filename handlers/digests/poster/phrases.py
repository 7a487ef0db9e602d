"""Wording of the morning's picture."""

from datetime import date

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Image, Reply
from handlers.digests.poster.page import Page

TITLE = "早报"
WEEKDAYS = "一二三四五六日"
FESTIVALS = {name: name for name in (
    "元旦", "除夕", "春节", "元宵节", "妇女节", "植树节", "清明", "劳动节", "青年节", "儿童节", "端午节",
    "建军节", "七夕", "教师节", "中秋节", "重阳节", "国庆节", "腊八节",
)} | {"龙头节": "龙抬头"}  # fmt: skip
"""Of the calendar library's list, those a village keeps, as it calls them; other days of the list are not named."""

NOTICE = "通知"
PARTY_DAY = "建党节"
PROMISE = "连心 · 工作日早上一份，没有新内容就不发"
NO_LIBRARY = (
    "这台机器还不会出图，请管理员装上：.venv/bin/pip install -e '.[poster]'（字体约 20 MB），装好后重新启动。"
)


class NoPoster(DomainError):
    sentence = NO_LIBRARY


class NothingToShow(DomainError):
    sentence = "今天没有新内容，就不出图了。"


class WhichGroup(DomainError):
    def __init__(self, names: list[str]) -> None:
        listed = "、".join(names)
        super().__init__(f"您管着 {len(names)} 个群：{listed}。要哪个群的，群名写在后面。")


class NoGroup(NotAllowed):
    sentence = "您现在没有管着的群；早报图由群主和本村（社区）的干部来要。"


class NotYours(NotAllowed):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有“{name[:20]}”这个群，或者它不归您管。")


def month(day: date) -> str:
    return f"{day.year}年{day.month}月"


def weekday(day: date) -> str:
    return f"星期{WEEKDAYS[day.weekday()]}"


def lunar(month: str, day: str, *, leap: bool) -> str:
    return f"农历{'闰' if leap else ''}{month}月{day}"


def how_to_read(*, by_hand: bool) -> str:
    return "想看全文，私聊连心，发“/今日”" if by_hand else "想看全文，在群里 @连心，发“/今日”"


def matters(open_wishes: int) -> str:
    return f"本群还有 {open_wishes} 个心愿待认领，发“/心愿单”看"


def more(left: int) -> str:
    return f"还有 {left} 条，发“/今日”看"


def about(topic: str, source: str) -> str:
    return f"{topic} · {source}" if source else topic


def picture(key: str, page: Page) -> Reply:
    """The picture; where none can be shown, the same in a few words."""
    day = page.day
    said = [f"〔{NOTICE}〕{text}" for text in page.notices]
    said += [f"{place}. {entry.title}" for place, entry in enumerate(page.entries, start=1)]
    listed = "\n".join(said)
    alt = f"【{page.group}】{day.month}月{day.day}日早报（图）\n{listed}\n这里看不了图的，发“/今日”看文字。"
    return Reply((Image(key, f"早报{day:%m%d}.png", alt, published=True),))
