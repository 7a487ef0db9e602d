"""What commands that name people and places share: who and where a name is, and how wrong rows are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli.session import Failure
from bot.phrases import cli as say
from bot.phrases import county

if TYPE_CHECKING:
    from storage.members import Member
    from storage.places import Place
    from storage.uow import UnitOfWork

"""Wrong rows that are named one by one."""


def named_place(uow: "UnitOfWork", name: str) -> "Place":
    """The place of this name; a failure that names the others when there is none."""
    from storage.base import NotFound
    from storage.places import SeveralNamed

    try:
        return uow.places.named(name.strip())
    except SeveralNamed as error:
        choices = say.listed(error.choices)
        raise Failure(county.SEVERAL_PLACES.format(name=name, choices=choices)) from None
    except NotFound:
        choices = say.listed(place.name for place in uow.places.all() if place.kind != "plot") or say.NONE_YET
        raise Failure(say.NO_SUCH_PLACE.format(name=name, choices=choices)) from None


def named_member(uow: "UnitOfWork", name: str) -> "Member":
    """The member of this name, `姓名@村` where several share it; a failure that says how each is written.

    Who asked to be hidden is found too, by what stands in place of the name.
    """
    from bot.chat.phrases import several_called
    from storage.base import NotFound
    from storage.called import SeveralCalled

    try:
        return uow.called(name, hidden=True).one()
    except SeveralCalled as error:
        raise Failure(several_called(error)) from None
    except NotFound:
        raise Failure(say.NO_SUCH_MEMBER.format(name=name)) from None


@contextmanager
def rows_reported() -> Iterator[None]:
    """Turn names that cannot be used, and tables that cannot be read, into the sentences for them."""
    from bot.sheets import BadSheet
    from handlers.members.phrases import FAULTS
    from handlers.members.roster import CannotInvite

    try:
        yield
    except BadSheet as error:
        raise Failure(str(error)) from error
    except CannotInvite as error:
        raise Failure(f"{FAULTS[error.fault].format(value=error.name[:60])}。") from error
