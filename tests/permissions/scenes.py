"""How each row of the table is tried: what is prepared, and what is then said.

A scene prepares the matter in the place of the relation and gives the words, with the group they are said in
(a relation; None: in private) and, for a list, what it shows to whom it may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from handlers.digests import desk, rules
from handlers.digests.poster.phrases import NothingToShow
from storage.local_values import NewValue
from storage.members import Grant, Role
from storage.outbox import Target
from storage.reports import Concern, NewReport
from storage.uow import UnitOfWork
from storage.wishes import AgeBand, Consent, Status
from tests.permissions.stage import RELATIONS, Stage


@dataclass(frozen=True)
class Line:
    """`shows`: words of the answer to whom it may be given; "" where being answered is enough.

    `lists`: to whom it may not be given, the matter is only left out.
    """

    text: str
    group: str | None = None
    shows: str = ""
    lists: bool = False


Scene = Callable[[UnitOfWork, Stage, str, str], Line]
"""(uow, stage, who tries, relation) → what is said."""

SCENES: dict[tuple[str, str], Scene] = {}

PERSONAL: set[tuple[str, str]] = set()
"""Rows whose matter is of who tries: it is prepared for each anew."""

PLACED = "".join(name for name in RELATIONS if name != "无")
ONLY_IN = {}
"""Rows that are tried in fewer relations than all six, and in which."""


def scene(command: str, case: str = "", relations: str = "本下上邻外无") -> Callable[[Scene], Scene]:
    def keep(made: Scene) -> Scene:
        assert (command, case) not in SCENES
        SCENES[command, case] = made
        if "自己" in case:
            PERSONAL.add((command, case))
        ONLY_IN[command, case] = relations
        return made

    return keep


def says(command: str, text: str, case: str = "") -> None:
    """A row about no place."""
    scene(command, case, relations="·")(lambda uow, stage, who, relation: Line(text))


def in_group(command: str, text: str, case: str) -> None:
    """A row about the group it is said in."""
    scene(command, case)(lambda uow, stage, who, relation: Line(text, relation))


def owned(command: str, text: str) -> None:
    """A row about the group it is said in, which is one's own."""

    @scene(command, "自己是群主")
    def own(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
        uow.groups.set(stage.groups[relation], owner_id=stage.people[who])
        return Line(text, relation)


def on_wish(
    command: str,
    text: str,
    case: str,
    status: Status,
    *,
    own: bool = False,
    mine: bool = False,
    in_its_group: bool = False,
    shows: str = "",
    relations: str = PLACED,
) -> None:
    """A row about a wish in this state. `own`: who tries logged it; `mine`: claimed it."""

    @scene(command, case, relations)
    def about(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
        held_by = who if mine else "认领人"
        no = stage.wish(uow, relation, status, by=who if own else "登记人", held_by=held_by)
        group = relation if in_its_group else None
        return Line(text.format(no=no), group, shows.format(no=no), lists=bool(shows))


ALL = "本下上邻外无"
for name in ("帮助", "取消", "我", "隐去", "今日", "有用", "没用"):
    says(name, f"/{name}")
says("反馈", "/反馈 字太小")
says("问", "/问 低保怎么申请")
says("订阅", "/订阅 案例", "自己")
says("退订", "/退订 案例", "自己")
says("订阅", "/订阅 个人 7:30", "个人早报")
says("条文", "/条文 社会救助暂行办法 第九条")
says("心愿", "/心愿 想要一台收音机")
says("待答", "/待答")
says("我的心愿", "/我的心愿", "自己")
says("举报", "/举报 村里有人冒领补贴")
in_group("举报", "/举报 村里有人冒领补贴", "群里")
in_group("今日", "/今日", "群里")
in_group("心愿", "/心愿 想要一台收音机", "群里")
in_group("订阅", "/订阅 案例", "群里")
in_group("退订", "/退订 案例", "群里")
owned("订阅", "/订阅 案例")
owned("推送", "/推送 统计")
for case, words in {
    "预览": "", "立即": "", "停": "", "统计": "", "时间": "08:30", "天": "周一三五", "静默": "19:00-08:00",
    "暂停": "到 2026-03-10", "恢复": "", "置顶": "清运垃圾 到 3月6日", "撤下": "1", "去掉": "1", "调序": "1",
    "添加": "镇上义诊", "审批": "要", "批准": "",
}.items():  # fmt: skip
    if case != "撤下":
        in_group("推送", f"/推送 {case} {words}", case)


@scene("推送", "撤下")
def unpin(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    group = uow.groups.get(stage.groups[relation])
    desk.pin(uow, group, "清运垃圾", date(2026, 3, 9), by="operator")
    return Line("/推送 撤下 1", relation)


@scene("早报图")
def poster(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return _nothing_to_draw(uow, stage, relation)


@scene("早报图", "自己是群主")
def own_poster(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    uow.groups.set(stage.groups[relation], owner_id=stage.people[who])
    return _nothing_to_draw(uow, stage, relation)


def _nothing_to_draw(uow: UnitOfWork, stage: Stage, relation: str) -> Line:
    """Who may is told that there is nothing to draw: drawing takes longer than all the rest."""
    for kind in rules.TOPICS:
        uow.digests.choose(f"g:{stage.groups[relation]}", kind, wanted=False)
    return Line(f"/早报图 {relation}群", shows=NothingToShow.sentence)


@scene("绑定", relations="·")
def bind(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    grant = Grant(Role.RESIDENT, stage.places["本"])
    uow.invites.add("K7P2-9QXM", grant, name=None, member_id=None, days=7)
    return Line("/绑定 K7P2-9QXM")


@scene("详情", relations="·")
def more(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    uow.chats.keep_listing(f"m:{stage.people[who]}", ("item:case-1",))
    return Line("/详情 1")


@scene("本群", "看")
def look_at_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line("/本群", relation)


@scene("本群", "归到哪里", PLACED)
def settle_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line(f"/本群 地点 {RELATIONS[relation]}", "无")


@scene("本群", "用途", PLACED)
def purpose_of_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line("/本群 用途 秋收互助", relation)


@scene("发件", "给群里的")
def unknown_of_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return _undecided(uow, Target(group_id=stage.groups[relation]))


@scene("发件", "给个人的", "·")
def unknown_of_member(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return _undecided(uow, Target(member_id=stage.people["登记人"]))


def _undecided(uow: UnitOfWork, to: Target) -> Line:
    uow.outbox.add(to, '{"parts": [{"text": "您好", "citation": ""}], "listing": []}')
    (row,) = uow.outbox.lease(limit=1, seconds=-1)
    uow.outbox.lost_leases("断了")
    return Line(f"/发件 {row.id} 视为已发")


def on_question(command: str, text: str) -> None:
    @scene(command)
    def about(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
        asked = stage.people["登记人"]
        no = uow.questions.asked("路灯归谁修", "路灯归谁修", by=asked, place_id=stage.places[relation])
        return Line(text.format(no=no))


on_question("答复", "/答复 {no} 报村里来修。适用：各地")
on_question("不答", "/不答 {no} 不是政策上的事")


@scene("本地标准", "登记", PLACED)
def enter_value(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line(f"/本地标准 高龄津贴 每月100元 依据《高龄津贴办法》2024-01-01 地方：{RELATIONS[relation]}")


@scene("本地标准", "删除", PLACED)
def remove_value(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    place_id = stage.places[relation]
    assert place_id is not None
    issued = date(2024, 1, 1)
    no = uow.local_values.put(NewValue("高龄津贴", "每月100元", place_id, "高龄津贴办法", issued, issued))
    return Line(f"/本地标准 删除 {no}")


on_wish("心愿单", "/心愿单", "待认领", Status.OPEN, shows="#{no}", relations=ALL)
on_wish("心愿单", "/心愿单", "群里", Status.OPEN, in_its_group=True, shows="#{no}")
on_wish("心愿详情", "/心愿详情 {no}", "待认领", Status.OPEN)
on_wish("心愿详情", "/心愿详情 {no}", "待核实", Status.PENDING, relations=ALL)
on_wish("心愿详情", "/心愿详情 {no}", "自己登记的", Status.PENDING, own=True, relations=ALL)
on_wish("心愿详情", "/心愿详情 {no}", "在它的群里", Status.OPEN, in_its_group=True)
on_wish("心愿修改", "/心愿修改 {no} 想要一双棉鞋", "自己登记的", Status.RETURNED, own=True, relations=ALL)
on_wish("心愿修改", "/心愿修改 {no} 想要一双棉鞋", "别人登记的", Status.RETURNED, relations=ALL)
on_wish("核实", "/核实", "列出来", Status.PENDING, shows="#{no}", relations=ALL)
on_wish("核实", "/核实 {no}", "看一个", Status.PENDING, relations=ALL)
on_wish("核实", "/核实 {no} 通过", "通过", Status.PENDING, relations=ALL)
on_wish("核实", "/核实 {no} 退回 写清尺码", "退回", Status.PENDING, relations=ALL)
on_wish("核实", "/核实 {no} 通过", "自己登记的", Status.PENDING, own=True, relations=ALL)
on_wish("认领", "/认领 {no}", "", Status.OPEN)
on_wish("认领", "/认领 {no}", "在它的群里", Status.OPEN, in_its_group=True)
for name, words in {"放弃": "", "送达": "", "转交": " 帮手", "约定": " 3月20日", "署名": ""}.items():
    on_wish(name, f"/{name} {{no}}{words}", "自己认领的", Status.CLAIMED, mine=True)
    on_wish(name, f"/{name} {{no}}{words}", "别人认领的", Status.CLAIMED)
on_wish("改派", "/改派 {no} 帮手", "待认领", Status.OPEN)
on_wish("改派", "/改派 {no} 帮手", "已认领", Status.CLAIMED)
for name, words in {"点亮": "", "未达": " 没送来"}.items():
    on_wish(name, f"/{name} {{no}}{words}", "自己登记的", Status.DELIVERED, own=True)
    on_wish(name, f"/{name} {{no}}{words}", "别人登记的", Status.DELIVERED)
    on_wish(name, f"/{name} {{no}}{words}", "自己认领的", Status.DELIVERED, mine=True)
on_wish("点亮", "/点亮 {no}", "自己登记又认领的", Status.DELIVERED, own=True, mine=True)
on_wish("撤回", "/撤回 {no}", "自己登记的", Status.PENDING, own=True, relations=ALL)
on_wish("撤回", "/撤回 {no}", "自己登记、别人已认领的", Status.CLAIMED, own=True)
on_wish("撤回", "/撤回 {no}", "别人登记的", Status.PENDING, relations=ALL)
on_wish("重开", "/重开 {no} 还是要", "自己登记的", Status.WITHDRAWN, own=True, relations=ALL)
on_wish("重开", "/重开 {no} 还是要", "别人登记的", Status.WITHDRAWN, relations=ALL)


@scene("心愿详情", "在别的群里", PLACED)
def wish_in_another_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    no = stage.wish(uow, relation, Status.OPEN)
    return Line(f"/心愿详情 {no}", "外" if relation != "外" else "邻")


@scene("监护同意", "列出来")
def children_without_consent(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    child = {"age_band": AgeBand.CHILD, "consent": Consent.NEEDED}
    no = stage.wish(uow, relation, Status.PENDING, **child)
    return Line("/监护同意", shows=f"#{no}", lists=True)


@scene("监护同意")
def consent(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    child = {"age_band": AgeBand.CHILD, "consent": Consent.NEEDED}
    no = stage.wish(uow, relation, Status.PENDING, **child)
    return Line(f"/监护同意 {no} 奶奶同意")


@scene("认领", "别人的队伍", PLACED)
def claim_for_others(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    place_id = stage.places[relation]
    assert place_id is not None
    uow.teams.add("第3队", place_id=place_id)
    return Line(f"/认领 {stage.wish(uow, relation, Status.OPEN)} 第3队")


@scene("合并")
def merge(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    first, second = (stage.wish(uow, relation, Status.PENDING) for _ in range(2))
    return Line(f"/合并 {second} {first}")


@scene("交接", "别人")
def succeed(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    uow.members.grant(stage.people["认领人"], Grant(Role.VOLUNTEER, stage.places[relation]))
    return Line("/交接 认领人 给 接手人 确认")


@scene("交接", "自己", "·")
def succeed_me(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line("/交接 我 给 接手人 确认")


@scene("心愿统计", "", PLACED)
def statistics(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line(f"/心愿统计 {RELATIONS[relation]}")


@scene("心愿统计", "群里", PLACED)
def statistics_in_group(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
    return Line("/心愿统计", relation)


def on_report(case: str, text: str, concern: Concern, *, child: bool = False) -> None:
    @scene("举报", case)
    def about(uow: UnitOfWork, stage: Stage, who: str, relation: str) -> Line:
        no = uow.reports.add(NewReport(concern, stage.places[relation], child=child))
        return Line(text.format(no=no))


on_report("看违纪", "/举报 查看 R{no}", Concern.WRONGDOING)
on_report("看险情", "/举报 查看 R{no}", Concern.HARM)
on_report("看孩子的险情", "/举报 查看 R{no}", Concern.HARM, child=True)
on_report("办结险情", "/举报 办结 R{no}", Concern.HARM)
