"""Wording of what is looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.chat import phrases as engine
from bot.chat.paged import Paged
from bot.chat.reply import Button, Card, Reply, Text
from handlers.wishes.lists.conditions import Conditions
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
from storage.wishes import Consent, Move, Status, Urgency, Wish, WishEvent

MY = "我的"

BUTTONS = 6
"""W90236 模板卡片: at most six buttons on a card."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of wishes, with what the chat they are shown in may see."""

    wishes: Paged[Wish]
    title: str
    private: bool
    claims: bool
    """Whether somebody who reads the list may claim."""
    narrowed: bool
    aside: bool = False
    """Whether a step stays open beside it: numbers answer that."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is somebody's: what waits for their yes, what they have claimed, what they logged; and how many ended."""

    confirm: Sequence[Wish]
    held: Sequence[Wish]
    logged: Sequence[Wish]
    ended: int
    verify: int
    """How many wait for their verification."""
    ask: int
    """How many children's wait for them to ask a guardian."""


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
    page = view.wishes
    shown = page.shown
    if not shown:
        return Reply.text(f"{view.title}：暂时没有。{TRY_LESS if view.narrowed else TRY_LOGGING}")
    lines = [f"{view.title}{engine.counted(page, '个')}："]
    lines += [
        f"{place}. #{wish.no} {_line(wish, view)}〔{_state(wish)}〕"
        for place, wish in enumerate(shown, start=page.first + 1)
    ]
    claimable = view.claims and any(wish.status is Status.OPEN for wish in shown)
    claim = "认领发“/认领 编号”，编号是 # 后面的数" if claimable else ""
    turning = engine.turning(page, private=view.private)
    pick = "" if view.aside else engine.pick("详情", private=view.private)
    if said := "；".join(filter(None, (pick, claim, turning))):
        lines.append(f"{said}。")
    listing = tuple(f"wish:{wish.no}" for wish in page.items)
    card = _claim_card(shown) if claimable else None
    text = Text("\n".join(lines))
    return Reply((text, card) if card else (text,), listing, page.more)


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
    if view.ask:
        lines.append(f"要问监护人的孩子心愿有 {view.ask} 个，私聊发“/监护同意”看。")
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
    if wish.status is Status.PENDING and wish.consent is Consent.NEEDED:
        return "等儿童主任问过监护人，再由村（社区）干部核实"
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
    """Buttons for the first open wishes; what they are stands in the list before it."""
    shown = [wish for wish in wishes if wish.status is Status.OPEN][:BUTTONS]
    return Card(
        title="点一下就认领",
        description="",
        rows=(),
        buttons=tuple(Button(f"认领 #{wish.no}", f"/认领 {wish.no}") for wish in shown),
        fallback="",
    )


def shown(view: Shown) -> Reply:
    wish, typed = view.wish, view.typed
    lines = [
        f"心愿 #{wish.no}（{code_name(wish.no)}）〔{state(wish)}〕",
        f"内容：{_content(view)}",
        *([f"大家看到的：{wish.content}"] if view.typed and view.typed.content != wish.content else []),
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
    return view.wish.content


def title(place: str, asked: Conditions, words: Sequence[str], *, statuses: Collection[Status] | None) -> str:
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
