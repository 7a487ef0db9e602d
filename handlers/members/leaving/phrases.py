"""Wording of leaving and handing over."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import phrases as engine
from bot.chat.errors import BadInput, DomainError, NotAllowed
from bot.chat.reply import Reply
from storage.called import SeveralCalled
from storage.members import Member
from storage.wishes import Status, Wish

CONFIRM = "确认"
ASK_WHO = "谁交给谁？例如：甲 给 乙；没有接的人，只写离任的人。"
MYSELF = ("我", "本人", "自己")
NOTE = "离任交接"

_NOBODY = "您管的地方没有叫“{name}”的人，或者他（她）没有身份可交。"


class NoSuchMember(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(_NOBODY.format(name=name[:20]))


class NotYourMember(NotAllowed):
    """Of another place: told as if they were not there."""

    def __init__(self, name: str) -> None:
        super().__init__(_NOBODY.format(name=name[:20]))


class RolesElsewhere(NotAllowed):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}有不归您交的身份：第一书记、村（社区）干部、儿童主任和别处的由县委组织部来办，"
            "系统管理员的在服务器上办。"
        )


class NotYourself(NotAllowed):
    sentence = "自己离任由第一书记、村（社区）干部本人办；您的身份请村（社区）干部来办。"


class NotToYourself(DomainError):
    sentence = "不能把别人的身份交接给自己，请另一位干部或县里来办。"


class NoSuccessor(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没找到接手的“{name[:20]}”，请他（她）先发“/绑定 邀请码”，再来交接。")


class Several(DomainError):
    def __init__(self, error: SeveralCalled) -> None:
        super().__init__(engine.several_called(error))


class SamePerson(DomainError):
    sentence = "交的人和接的人是同一个，请写明交给谁。"


class NothingToHandOver(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name}没有身份，也没有没办完的事，不用交接。")


def unread() -> BadInput:
    return BadInput("请写明谁交给谁。")


@dataclass(frozen=True, slots=True)
class Estate:
    """What somebody has open. `roles`: keys with their places; `questions`: that wait for a keeper of those places.

    `delivered` by themselves; `followed`: by who left before, and handed over to them.
    """

    member: Member
    roles: Sequence[tuple[str, str]]
    claimed: Sequence[Wish]
    delivered: Sequence[Wish]
    followed: Sequence[Wish]
    logged: Sequence[Wish]
    groups: Sequence[str]
    teams: Sequence[str] = ()
    questions: int = 0
    invites: int = 0
    digest: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.roles or self.claimed or self.logged or self.groups or self.teams or self.invites)

    def entrusted(self, successor: Member | None) -> list[Wish]:
        """What the leaver logged that the successor goes on with.

        What waits for verification stays: the successor may be the one to verify it. So does what the successor
        claimed: who claimed does not confirm.
        """
        if successor is None:
            return []
        return [
            wish
            for wish in self.logged
            if wish.status is not Status.PENDING and wish.claimed_by != successor.id
        ]

    def answered(self, successor: Member | None) -> list[Wish]:
        """What the leaver answers for that the successor goes on with, should it turn out not to have arrived."""
        if successor is None:
            return []
        return [wish for wish in self.answers_for if wish.logged_by != successor.id]

    @property
    def answers_for(self) -> list[Wish]:
        """What is delivered, by themselves or by who left before them."""
        return sorted(
            {wish.no: wish for wish in (*self.delivered, *self.followed)}.values(), key=lambda wish: wish.no
        )


def said(leaver: str, successor: str) -> str:
    """Who to whom, as it is written."""
    return f"{leaver} 给 {successor}" if successor else leaver


def before(estate: Estate, successor: Member | None, words: str) -> Reply:
    """What would be handed over; nothing is done yet. `words`: who to whom, as it was written."""
    lines = [f"{estate.member.name}要交接的："]
    lines += [f"· {line}" for line in _listed(estate, successor)]
    lines.append(f"还没有办。核对无误，发“/交接 {words} {CONFIRM}”。")
    return Reply.text("\n".join(lines))


def done(estate: Estate, successor: Member | None) -> Reply:
    to = successor.name if successor else ""
    lines = [f"交接办好了：{estate.member.name}{f'交给{to}' if to else '离任'}，已私下告知。"]
    lines += [f"· {line}" for line in _listed(estate, successor)]
    return Reply.text("\n".join(lines))


def listed(estate: Estate, successor: Member | None) -> list[str]:
    """One line a kind of what is open, for the command line."""
    return _listed(estate, successor)


def told_leaver(estate: Estate, successor: Member | None) -> Reply:
    roles = _roles(estate.roles)
    to = f"，由{successor.name}接手" if successor else ""
    return Reply.text(
        f"您的身份（{roles}）已经办了离任{to}，手里没办完的也交出去了。"
        "谢谢您做的这些事！以后您还能像村民一样问政策、提心愿。"
    )


def told_successor(estate: Estate, successor: Member) -> Reply:
    lines = [f"您接了{estate.member.name}的{_roles(estate.roles)}。" if estate.roles else "有事交给您。"]
    if estate.claimed:
        lines.append(f"要您接着办的心愿：{_numbers(estate.claimed)}，私聊发“/心愿详情 编号”看怎么联系。")
    if entrusted := estate.entrusted(successor):
        lines.append(f"要您接着跟、到时确认的心愿：{_numbers(entrusted)}。")
    if estate.groups:
        lines.append(f"群主由您来当的群：{'、'.join(estate.groups)}。")
    if estate.questions:
        lines.append(f"等人答复的问题有 {estate.questions} 个，发“/待答”查看。")
    lines.append("发“/我”看手头的事。")
    return Reply.text("\n".join(lines))


def told_logger(wish: Wish, successor: Member | None) -> Reply:
    """No name: neither of who had it, nor of who has it now."""
    after = "换了人接着办" if successor else "原来认领的人离任了，重新等人认领"
    return Reply.text(f"您登记的心愿 #{wish.no}：{after}。")


def _listed(estate: Estate, successor: Member | None) -> list[str]:
    onward = f"交给{successor.name}" if successor else ""
    entrusted = estate.entrusted(successor)
    answered = estate.answered(successor)
    alone = [wish for wish in estate.answers_for if wish not in answered]
    staying = [wish for wish in estate.logged if wish not in entrusted]
    said = (
        (_roles(estate.roles), f"身份：{{}}，{onward or '到此为止'}"),
        (_numbers(estate.claimed), f"认领了还没送达的心愿：{{}}，{onward or '退回等人认领'}"),
        (_numbers(answered), f"送达了等确认的心愿：{{}}，等登记的人确认，没收到的{onward}接着办"),
        (_numbers(alone), "送达了等确认的心愿：{}，等登记的人确认，没收到的退回等人认领"),
        (_numbers(entrusted), f"登记了还没办完的心愿：{{}}，{onward}"),
        (_numbers(staying), "登记了还没办完的心愿：{}，仍在本人名下，村（社区）干部也能办"),
        ("、".join(estate.groups), f"当群主的群：{{}}，{onward or '暂时没有群主'}"),
        ("、".join(estate.teams), f"所在的民情书记队：{{}}，{onward or '退出'}"),
        (estate.questions or "", "等答复的问题 {} 个，跟着身份走"),
        (estate.invites or "", "发给本人还没用的邀请码 {} 个，作废"),
        ("个人早报" if estate.digest else "", "{}，停掉"),
    )
    return [sentence.format(what) for what, sentence in said if what]


def _roles(roles: Sequence[tuple[str, str]]) -> str:
    return "、".join(f"{place}{engine.ROLES[role]}" if place else engine.ROLES[role] for role, place in roles)


def _numbers(wishes: Sequence[Wish]) -> str:
    return "、".join(f"#{wish.no}" for wish in wishes)
