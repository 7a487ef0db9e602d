"""Wording of how a wish ends: fulfilled, withdrawn, merged, expired; and opened again."""

from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Reply, Text
from handlers.wishes.phrases import STATUS, who
from storage.wishes import Status, Wish


class NotConfirmer(NotAllowed):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 要由登记的人或村（社区）干部来确认，认领的人不能自己确认。")


class NotWithdrawer(NotAllowed):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 只有登记的人（认领之前）或村（社区）干部（送达之前）可以撤回。")


class NotMerger(NotAllowed):
    sentence = "合并心愿要由两个心愿所在村（社区）的干部来做。"


class SameWish(DomainError):
    sentence = "两个编号要不一样：“/合并 5 3”是把 #5 并入 #3。"


class IntoClosed(DomainError):
    def __init__(self, no: int, status: Status) -> None:
        super().__init__(f"#{no} 现在是“{STATUS[status]}”，别的心愿不能并进去了。")


class OtherWayRound(DomainError):
    def __init__(self, no: int, into: int) -> None:
        super().__init__(f"#{no} 已有人认领，#{into} 还没有，请反过来并：/合并 {into} {no}")


class GuardianFirst(DomainError):
    def __init__(self, no: int, into: int) -> None:
        super().__init__(
            f"#{no} 是 14 岁以下孩子的心愿，还缺监护人同意，不能并入 #{into}：请儿童主任先问过监护人，私聊发“/监护同意 {no} 谁同意的”。"
        )


class MergedAway(DomainError):
    def __init__(self, no: int, into: int) -> None:
        super().__init__(f"#{no} 已并入 #{into}，请看 #{into}。")


class NotReopener(NotAllowed):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 只有登记的人或村（社区）干部可以重开。")


def fulfilled(wish: Wish) -> Reply:
    thanks = f"#{wish.no} 点亮了，心愿达成，感谢{who(wish)}，谢谢大家！"
    return Reply((Text(thanks, published=wish.credit),))


def not_received(wish: Wish, came_back: bool) -> Reply:
    if not came_back:
        return Reply.text(f"#{wish.no} 记为没收到，已请认领的人再核对。")
    return Reply.text(f"#{wish.no} 记为没收到。{_after_leaving(wish)}")


def told_coordinator(wish: Wish) -> Reply:
    """Of a wish that came back after its claimer had left, in private."""
    hurry = f"着急的话，发“/改派 {wish.no} 姓名”。" if wish.status is Status.OPEN else ""
    return Reply.text(f"心愿 #{wish.no} 送达以后，对方说没收到。{_after_leaving(wish)}{hurry}")


def _after_leaving(wish: Wish) -> str:
    after = "已放回心愿单，重新等人认领" if wish.status is Status.OPEN else "已请接手的人来办"
    return f"原来认领的人已离任，{after}。"


def withdrawn(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已撤回。")


def merged(wish: Wish) -> Reply:
    into = wish.merged_into
    return Reply.text(f"#{wish.no} 已并入 #{into}，两边的经过都留着，登记的人以后按 #{into} 收到进展。")


def reopened(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已重开，现在是“{STATUS[wish.status]}”。")


def merged_logger(wish: Wish) -> Reply:
    into = wish.merged_into
    return Reply.text(
        f"您登记的心愿 #{wish.no} 和 #{into} 是同一件事，已并入 #{into}，以后 #{into} 的进展也会告诉您。"
    )


def absorbed_claimer(wish: Wish) -> Reply:
    """To who holds the one that stays."""
    into = wish.merged_into
    return Reply.text(f"#{wish.no} 和您认领的心愿 #{into} 是同一件事，已并进来，发“/心愿详情 {into}”看。")


def merged_claimer(wish: Wish) -> Reply:
    into = wish.merged_into
    return Reply.text(
        f"您认领的心愿 #{wish.no} 和 #{into} 是同一件事，已并入 #{into}，#{wish.no} 不用再办了，谢谢您！"
    )
