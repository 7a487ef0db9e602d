"""What commands that name places and take in rosters share: the place of a name, and how wrong rows are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli.session import Failure
from bot.phrases import cli as say
from bot.phrases import county

if TYPE_CHECKING:
    from storage.places import Place
    from storage.uow import UnitOfWork

_SHOWN = 20
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


@contextmanager
def rows_reported() -> Iterator[None]:
    """Turn wrong rows, and tables that cannot be read, into the sentences for them."""
    from bot.sheets import BadSheet
    from handlers.members.roster import BadRows

    try:
        yield
    except BadSheet as error:
        raise Failure(str(error)) from error
    except BadRows as error:
        told = [say.problem(each.number, each.fault.value, each.value) for each in error.problems]
        if error.problems[0].number == 0:
            raise Failure(told[0]) from error
        shown = "\n".join(f"  {sentence}" for sentence in told[:_SHOWN])
        left = f"\n{say.more_problems(len(told) - _SHOWN)}" if len(told) > _SHOWN else ""
        raise Failure(say.ROWS_BAD.format(count=len(told), problems=shown + left)) from error
