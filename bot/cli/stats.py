"""`stats`: figures of work results, the same as in the chat. Never by person."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.people import named_place
from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.phrases import stats as say

if TYPE_CHECKING:
    from handlers.wishes.statistics.rules import Statistics
    from storage.places import Place
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.STATS, no_args_is_help=True)


@app.command("wishes", help=say.WISHES)
def wishes(
    words: Annotated[list[str] | None, typer.Argument(help=say.WORDS)] = None,
    place: Annotated[str | None, typer.Option(help=say.PLACE)] = None,
    as_json: AsJson = False,
) -> None:
    """Of a place with all below it. Nothing is told apart that is fewer than three."""
    from bot.app import patience
    from handlers.wishes.statistics import phrases, use_cases

    with office() as desk:
        waiting = patience(desk.settings, desk.calendar())

        def figures(uow: "UnitOfWork") -> "Statistics":
            asked = phrases.read(" ".join(words or []), uow.now.date())
            if asked.place:
                raise phrases.NoSuchPlace(asked.place)
            return use_cases.figures(uow, _place(uow, place), asked.period, asked.kind, waiting)

        view = desk.database.read_now(figures)
    if as_json:
        out_json(_plain(view))
    else:
        out(phrases.told(view))


def _place(uow: "UnitOfWork", name: str | None) -> "Place":
    if name is not None:
        return named_place(uow, name)
    top = next((place for place in uow.places.all() if place.parent_id is None), None)
    if top is None:
        raise Failure(say.NO_PLACES)
    return top


def _plain(view: "Statistics") -> dict[str, Any]:
    """`others`: what stands in no line of its own, so many and their sum."""
    apart = view.told_apart
    return {
        "place": view.place, "since": view.period.since, "until": view.period.until,
        "kind": view.kind.value if view.kind else None, "total": asdict(view.total), "lit_percent": view.share,
        "states": {status.value: count for status, count in view.states.items()} if apart else {},
        "places": [{"place": name, **asdict(tally)} for name, tally in view.places.rows] if apart else [],
        "other_places": {"count": view.places.others, **asdict(view.places.rest)},
        "kinds": [{"kind": kind.value, **asdict(tally)} for kind, tally in view.kinds.rows] if apart else [],
        "other_kinds": {"count": view.kinds.others, **asdict(view.kinds.rest)},
        "months": [{"month": f"{day:%Y-%m}", **asdict(tally)} for day, tally in view.months],
    }  # fmt: skip
