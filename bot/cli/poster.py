"""`digest poster`: the morning of a group as a picture."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.groups import day_of, named_group
from bot.cli.session import Failure, office, out
from bot.phrases import articles as say
from bot.phrases.cli import GROUP_NAME, ON

if TYPE_CHECKING:
    from handlers.digests.calendar import Calendar
    from handlers.digests.poster.page import Page
    from storage.uow import UnitOfWork


def poster(
    file: Annotated[Path, typer.Argument(help=say.POSTER_FILE)],
    group: Annotated[str, typer.Option(help=GROUP_NAME)],
    on: Annotated[str | None, typer.Option(help=ON)] = None,
) -> None:
    """What the group got on the day, or would get; today when no day is given."""
    from handlers.digests.calendar import Calendar
    from handlers.digests.poster.drawn import drawn

    if file.suffix.lower() != ".png":
        raise Failure(say.NOT_PNG)
    day = day_of(on) if on is not None else None
    with office() as desk:
        calendar = Calendar.read(desk.settings.bot_data_dir, desk.settings.digest_latest)
        page = desk.database.read_now(_page, group, day or desk.clock.now().date(), calendar)
        if page.empty:
            raise Failure(say.nothing_to_draw(page.group, page.day))
        picture = drawn(page)
        file.write_bytes(picture.body)
    out(say.drawn(file.name, picture.width, picture.height, len(picture.body)))


def _page(uow: "UnitOfWork", name: str, day: date, calendar: "Calendar") -> "Page":
    from handlers.digests.poster.use_cases import page_on

    return page_on(uow, named_group(uow, name), day, calendar)
