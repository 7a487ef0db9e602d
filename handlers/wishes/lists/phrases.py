"""Wording of what is looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from bot.chat import phrases as engine
from bot.chat.reply import Button, Card, Reply, Text
from bot.masking import hide_people
from handlers.wishes.photos.phrases import shown as shown_photos
from handlers.wishes.phrases import (
    AGE_BAND,
    KIND,
    MOVED,
    STATUS,
    UNKNOWN_PLACE,
    UNVERIFIED,
    brief,
    day,
    marks,
    state,
    unsaid,
)
from handlers.wishes.rules import code_name
from handlers.wishes.words import Typed
from storage.photos import Photo
from storage.wishes import AgeBand, Kind, Move, Status, Urgency, Wish, WishEvent

if TYPE_CHECKING:
    from handlers.wishes.lists.conditions import Conditions

COMMAND = "/心愿单"
PAGE_NO = "第{}页"
NEXT = frozenset({"下一页", "后一页"})
OF = "的"
MINE = frozenset({"我的"})
MY = "我的"

STATUS_BY_WORD = {word: status for status, word in STATUS.items()} | {
    "退回修改": Status.RETURNED,
    "点亮": Status.FULFILLED,
}
KIND_BY_WORD = {word: kind for kind, word in KIND.items()} | {"东西": Kind.GOODS, "帮忙": Kind.SERVICE}
BANDS_BY_WORD: Mapping[str, frozenset[AgeBand]] = {
    **{word: frozenset({band}) for band, word in AGE_BAND.items()},
    "儿童": frozenset({AgeBand.CHILD}),
    "14-17岁": frozenset({AgeBand.YOUTH}),
    "少年": frozenset({AgeBand.YOUTH}),
    "孩子": frozenset({AgeBand.CHILD, AgeBand.YOUTH}),
    "成人": frozenset({AgeBand.ADULT}),
    "60-79岁": frozenset({AgeBand.ELDER}),
    "老人": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "老年人": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "60岁以上": frozenset({AgeBand.ELDER, AgeBand.AGED}),
    "高龄": frozenset({AgeBand.AGED}),
}
FLAG_BY_WORD = {
    "急": "urgent", "紧急": "urgent", "加急": "urgent", "着急": "urgent",
    "近": "near", "附近": "near", "最近": "near", "就近": "near",
    "我的": "mine", "全部": "all", "所有": "all",
}  # fmt: skip

BUTTONS = 6
"""W90236 模板卡片: at most six buttons on a card."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of wishes, with what the chat they are shown in may see."""

    wishes: Sequence[Wish]
    """All from the beginning to the end of the page: a number said next counts from the first."""
    first: int
    """How many stand on the pages before."""
    total: int
    title: str
    private: bool
    claims: bool
    """Whether somebody who reads the list may claim."""
    narrowed: bool
    page: tuple[int, int]
    """Which page, of how many."""
    more: str
    """The command for the next page; empty on the last."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is somebody's: what waits for their yes, what they have claimed, what they logged; and how many ended."""

    confirm: Sequence[Wish]
    held: Sequence[Wish]
    logged: Sequence[Wish]
    ended: int
    verify: int
    """How many wait for their verification."""


@dataclass(frozen=True, slots=True)
class Shown:
    wish: Wish
    events: Sequence[WishEvent]
    private: bool
    typed: Typed | None
    """The words as they were typed, if the viewer may read them."""
    zone: tzinfo | None
    merged: Mapping[int, Sequence[WishEvent]] = field(default_factory=dict)
    """The histories of the wishes that were merged into this one, by number."""
    alike: Sequence[Wish] = ()
    photos: Sequence[Photo] = ()
    """Those of what was delivered, if the viewer confirms it."""


def listed(view: Listed) -> Reply:
    if not view.wishes:
        return Reply.text(f"{view.title}：暂时没有。{TRY_LESS if view.narrowed else TRY_LOGGING}")
    shown = view.wishes[view.first :]
    page, pages = view.page
    lines = [f"{view.title}（共 {view.total} 个{f'，第 {page}/{pages} 页' if pages > 1 else ''}）："]
    lines += [
        f"{place}. #{wish.no} {_line(wish, view)}〔{_state(wish)}〕"
        for place, wish in enumerate(shown, start=view.first + 1)
    ]
    claimable = view.claims and any(wish.status is Status.OPEN for wish in shown)
    claim = "；认领发“/认领 编号”，编号是 # 后面的数" if claimable else ""
    following = f"；{'' if view.private else '@我 '}发“下一页”接着看" if view.more else ""
    lines.append(f"{engine.pick('详情', private=view.private)}{claim}{following}。")
    listing = tuple(f"wish:{wish.no}" for wish in view.wishes)
    card = _claim_card(shown) if claimable else None
    text = Text("\n".join(lines))
    return Reply((text, card) if card else (text,), listing, view.more)


def _line(wish: Wish, view: Listed) -> str:
    return brief(wish) if view.private or wish.status not in UNVERIFIED else unsaid(wish)


TRY_LESS = "少写一个条件，或者发“/心愿单 全部”看看。"
TRY_LOGGING = "谁家需要帮一把，发“/心愿”告诉我。"
LONGEST_SECTION = 10


def own(view: Own) -> Reply:
    """What is mine, with what to do next at each."""
    lines, listing = ["我的心愿"], list[str]()
    sections = (("等我点头的", view.confirm), ("我认领的", view.held), ("我登记的", view.logged))
    for heading, wishes in sections:
        if wishes:
            lines.append(f"{heading}（{len(wishes)} 个）：")
        for wish in wishes[:LONGEST_SECTION]:
            listing.append(f"wish:{wish.no}")
            lines.append(f"{len(listing)}. #{wish.no} {brief(wish)}〔{_state(wish)}〕")
            if todo := _todo(wish, heading == sections[0][0], heading == sections[1][0]):
                lines.append(f"　→ {todo}")
        if len(wishes) > LONGEST_SECTION:
            lines.append(f"　还有 {len(wishes) - LONGEST_SECTION} 个，发“/心愿单 我的 全部”看。")
    if view.verify:
        lines.append(f"等我核实的有 {view.verify} 个，发“/核实”看。")
    if view.ended:
        lines.append(f"已经办完或关闭的有 {view.ended} 个，发“/心愿单 我的 全部”看。")
    if len(lines) == 1:
        return Reply.text("您还没有心愿。谁家需要帮一把，发“/心愿”告诉我；想帮别人，发“/心愿单”看看。")
    return Reply.text("\n".join([*lines, "回复序号看详情。"] if listing else lines), listing=tuple(listing))


def _todo(wish: Wish, confirms: bool, holds: bool) -> str:
    """What its reader does next about it."""
    if confirms:
        return f"收到了发“/点亮 {wish.no}”，没收到发“/未达 {wish.no} 原因”"
    if wish.merged_into:
        return f"并到了 #{wish.merged_into}，后面的进展看那一个"
    if holds and wish.status is Status.CLAIMED:
        when = f"约定{day(wish.promised_on)}送到；" if wish.promised_on else ""
        return f"{when}送到后发“/送达 {wish.no}”，办不了发“/放弃 {wish.no} 原因”"
    return {
        Status.PENDING: "等村（社区）干部核实",
        Status.OPEN: "等人认领",
        Status.CLAIMED: "有人在办",
        Status.DELIVERED: "等对方确认",
        Status.RETURNED: f"改好发“/心愿修改 {wish.no} 新内容”",
    }.get(wish.status, "")


def _state(wish: Wish) -> str:
    """Its state, and how soon it is wanted while that matters."""
    if wish.status in (Status.PENDING, Status.OPEN, Status.CLAIMED):
        urgent = "急" if wish.urgency is Urgency.URGENT else ""
        wanted = f"{day(wish.wanted_by)}前要" if wish.wanted_by else ""
        return "，".join(word for word in (STATUS[wish.status], urgent, wanted) if word)
    return state(wish)


def _claim_card(wishes: Sequence[Wish]) -> Card:
    """Buttons for the first open wishes. It says nothing that the list before it does not."""
    shown = [wish for wish in wishes if wish.status is Status.OPEN][:BUTTONS]
    return Card(
        title="点一下就认领",
        description="",
        rows=tuple((f"#{wish.no}", brief(wish)) for wish in shown),
        buttons=tuple(Button(f"认领 #{wish.no}", f"/认领 {wish.no}") for wish in shown),
        fallback="",
    )


def shown(view: Shown) -> Reply:
    wish, typed = view.wish, view.typed
    lines = [
        f"心愿 #{wish.no}（{code_name(wish.no)}）〔{state(wish)}〕",
        f"内容：{_content(view)}",
        f"地点：{wish.place or UNKNOWN_PLACE}",
    ]
    if known := marks(wish):
        lines.append(f"记为：{known}")
    if typed and typed.contact:
        lines.append(f"联系：{typed.contact}")
    if wish.status in (Status.PENDING, Status.OPEN):
        lines.append(f"有效期至：{wish.expires_on.isoformat()}")
    if wish.promised_on and wish.status is Status.CLAIMED:
        lines.append(f"约定：{day(wish.promised_on)}送到")
    if typed and typed.note:
        lines.append(f"说明：{typed.note}")
    lines.append(f"经过：{_told(view.events, view.zone)}")
    if view.alike:
        lines.append(f"相似的：{'、'.join(f'#{other.no}〔{STATUS[other.status]}〕' for other in view.alike)}")
    for no, events in view.merged.items():
        lines.append(f"并进来的 #{no}：{_told(events, view.zone)}")
        if merged := typed.merged.get(no) if typed else None:
            lines.append(f"　内容：{merged.content}")
            lines += [f"　联系：{merged.contact}"] if merged.contact else []
    if view.photos:
        lines.append(f"照片：{len(view.photos)} 张，在下面，请勿转发。")
    return Reply((Text("\n".join(lines)), *shown_photos(wish.no, view.photos)))


def _content(view: Shown) -> str:
    """As typed for who may read that. What nobody has verified yet is not said in a group."""
    if view.typed:
        return view.typed.content
    if not view.private and view.wish.status in UNVERIFIED:
        return f"还没核实，不在群里念，私聊发“/心愿详情 {view.wish.no}”看"
    return hide_people(view.wish.content)


def title(
    place: str, asked: "Conditions", words: Sequence[str], *, statuses: Collection[Status] | None
) -> str:
    """The heading of a list: where, in which state (None: any that is shown), and what else was asked for."""
    kinds = [KIND[kind] for kind in KIND if kind in asked.kinds]
    bands = [AGE_BAND[band] for band in AGE_BAND if band in asked.bands]
    quoted = [f"“{word}”" for word in words]
    if statuses is None and quoted and not (kinds or bands or asked.urgent or asked.near):
        return f"{place}{''.join(quoted)}心愿"
    state = "、".join(STATUS[status] for status in STATUS if status in (statuses or ()))
    state = state or ("的全部" if place and not asked.mine else "全部")
    marks = [
        *(["急"] if asked.urgent else []),
        *bands,
        *kinds,
        *quoted,
        *(["由近到远"] if asked.near else []),
    ]
    narrowed = "、".join(marks)
    return f"{place}{state}心愿{f'〔{narrowed}〕' if marks else ''}"


def listed_names(names: Sequence[str]) -> str:
    return "、".join(dict.fromkeys(names))


def _told(events: Sequence[WishEvent], zone: tzinfo | None) -> str:
    return " → ".join(f"{_day(event.at, zone)} {MOVED[event.move]}{_other(event)}" for event in events)


def _other(event: WishEvent) -> str:
    """The wish it was merged with: that of a merge is no free text."""
    return f" {event.note}" if event.move in (Move.MERGE, Move.ABSORB, Move.PROMISE) else ""


def _day(at: datetime, zone: tzinfo | None) -> str:
    local = at.astimezone(zone)
    return f"{local.month}月{local.day}日"
