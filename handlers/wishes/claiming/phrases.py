"""Wording of who does what a wish asks for: claimed, promised, handed on, delivered."""

from datetime import date
from enum import StrEnum

from bot.chat import phrases as engine
from bot.chat.errors import DomainError, NotAllowed
from bot.chat.reply import Reply
from handlers.wishes.photos.phrases import offered
from handlers.wishes.phrases import UNKNOWN_PLACE, brief, day
from handlers.wishes.rules import code_name
from handlers.wishes.words import MINORS, Typed
from storage.called import SeveralCalled
from storage.wishes import Wish


class Unnamed(StrEnum):
    """Said instead of being named."""

    NO = "不"
    NOT_ANY_MORE = "不要"
    NO_CREDIT = "不署名"


class TooManyHeld(DomainError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"您手里已有 {limit} 个心愿没送达，先办完一个再认领新的。")


class NotClaimerHere(NotAllowed):
    def __init__(self, no: int, place: str | None) -> None:
        super().__init__(f"#{no} 是{place or '别处'}的心愿，由那里的志愿者、网格员、书记和干部来认领。")


class TakenAlready(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 已有人认领，谢谢您的心意。发“/心愿单”看看别的。")


class YoursAlready(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 已经由您认领，不用再认领。")


class NotYours(NotAllowed):
    def __init__(self, no: int, doing: str) -> None:
        super().__init__(f"#{no} 不是您认领的，只有认领人可以{doing}。")


class TheyHoldTooMany(DomainError):
    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"{name}手里已有 {limit} 个心愿没送达，请换一位。")


class NobodyCalled(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有找到“{name}”，请写全姓名；同名的写成“姓名@村（社区）”。")


class Several(DomainError):
    def __init__(self, error: SeveralCalled) -> None:
        super().__init__(engine.several_called(error))


class CannotClaimThere(DomainError):
    def __init__(self, name: str, place: str | None) -> None:
        super().__init__(f"“{name}”不是{place or '那里'}的志愿者、网格员、书记或干部，不能接这个心愿。")


class TheirsAlready(DomainError):
    def __init__(self, no: int, name: str) -> None:
        super().__init__(f"#{no} 本来就由{name}在办。")


class NotCoordinator(NotAllowed):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 要由它所在村（社区）的干部来改派。")


class NoSuchTeam(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有叫“{name}”的队伍；自己认领不用写队伍。")


class SeveralTeams(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"有几支队伍都叫“{name}”，请写队伍的编号。")


class NotInTeam(NotAllowed):
    def __init__(self, name: str) -> None:
        super().__init__(f"您不是“{name}”的队员，不能替它认领。")


class TeamElsewhere(NotAllowed):
    def __init__(self, no: int, name: str) -> None:
        super().__init__(f"“{name}”不在 #{no} 所在的地方，不能认领它。")


class NotADay(DomainError):
    def __init__(self, words: str) -> None:
        super().__init__(f"“{words}”看不出是哪一天，请写成“3月20日”这样。")


class BadDay(DomainError):
    def __init__(self, months: int) -> None:
        super().__init__(f"约定的日子要在今天以后、{months} 个月以内。")


def claimed(wish: Wish, typed: Typed, private: bool) -> Reply:
    if not private:
        return Reply.text(
            f"#{wish.no}（{code_name(wish.no)}）由您认领，详细内容已私下发给您。送到后发“/送达 {wish.no}”。"
        )
    return Reply.text(f"#{wish.no} 由您认领。\n{_to_claimer(wish, typed)}\n{_onward(wish)}")


def claimer_details(wish: Wish, typed: Typed) -> Reply:
    return Reply.text(
        f"您认领的心愿 #{wish.no}：\n{_to_claimer(wish, typed)}\n以上只给您一人，请勿转发。{_onward(wish)}"
    )


def told_teammate(wish: Wish, claimer: str) -> Reply:
    """What the others of a team learn when one of them claims for it, in private."""
    return Reply.text(
        f"{claimer}替你们队认领了心愿 #{wish.no}：{brief(wish)}\n"
        f"大家商量着办，原话发“/心愿详情 {wish.no}”看，谁送到了谁发“/送达 {wish.no}”。"
    )


def handed_to_you(wish: Wish, typed: Typed, *, reassigned: bool) -> Reply:
    """What who takes a wish over learns, in private."""
    how = "村（社区）干部请您来办" if reassigned else "认领的人转给您来办"
    return Reply.text(
        f"心愿 #{wish.no}，{how}：\n{_to_claimer(wish, typed)}\n以上只给您一人，请勿转发。{_onward(wish)}"
    )


def passed_on(wish: Wish, typed: Typed, reason: str) -> Reply:
    """What who follows a claimer that left learns of a wish that did not arrive, in private."""
    return Reply.text(
        f"心愿 #{wish.no}，对方说没收到：{reason}。原来认领的人已离任，请您接着办：\n{_to_claimer(wish, typed)}\n"
        f"以上只给您一人，请勿转发。{_onward(wish)}"
    )


def handed_over(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已转交，详细内容已私下发给接手的人。")


def reassigned(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已改派，详细内容已私下发给接手的人。")


def promised(wish: Wish) -> Reply:
    on = f" {day(wish.promised_on)}" if wish.promised_on else ""
    return Reply.text(f"#{wish.no} 约定{on}送到，已告诉登记的人。")


def credited(wish: Wish) -> Reply:
    if not wish.credit:
        return Reply.text(f"好的，#{wish.no} 点亮时不说您的名字，只说一位热心人。")
    return Reply.text(f"好的，#{wish.no} 点亮时会说您的名字。")


def reminder(wish: Wish, today: date) -> Reply:
    """To the claimer, once, in private."""
    why = "约定的日子到了" if wish.promised_on and wish.promised_on <= today else "认领有些日子了"
    return Reply.text(
        f"您认领的心愿 #{wish.no} {why}。送到了发“/送达 {wish.no}”；要晚几天发“/约定 {wish.no} 几月几日”；"
        f"办不了发“/放弃 {wish.no}”，好让别人来办。"
    )


def released(wish: Wish) -> Reply:
    return Reply.text(f"#{wish.no} 已放弃，重新等人认领。")


def delivered(wish: Wish, *, photo: bool, private: bool) -> Reply:
    """`photo`: whether one can be sent to us on this channel."""
    offer = offered(private=private, minor=wish.age_band in MINORS) if photo else ""
    return Reply.text(f"#{wish.no} 已记为送达，等登记的人或村（社区）干部确认。{offer}")


def _onward(wish: Wish) -> str:
    """What a claimer can do next."""
    return (
        f"说好哪天送到发“/约定 {wish.no} 几月几日”，送到后发“/送达 {wish.no}”，办不了发“/放弃 {wish.no} 原因”；"
        f"愿意点亮时说出您的名字发“/署名 {wish.no}”。"
    )


def _to_claimer(wish: Wish, typed: Typed) -> str:
    lines = [
        f"内容：{typed.content}",
        f"地点：{wish.place or UNKNOWN_PLACE}",
        f"登记人：{wish.logged_by_name}",
    ]
    if typed.contact:
        lines.insert(2, f"联系：{typed.contact}")
    for no, merged in typed.merged.items():
        lines.append(f"并进来的 #{no}：{merged.content}")
        lines += [f"联系：{merged.contact}"] if merged.contact else []
    return "\n".join(lines)
