"""`kb card`: one card, and where each way of asking for it came from."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.session import AsJson, Failure, Office, office, out, out_json
from bot.phrases import cards as say
from bot.phrases import cli as cli_say

if TYPE_CHECKING:
    from knowledge.passage import Card


def card(name: Annotated[str, typer.Argument(help=say.CARD)], as_json: AsJson = False) -> None:
    """By the card's id; a number is the card of the question of that number."""
    wanted = f"keeper-{name}" if name.isdecimal() else name
    with office() as desk:
        known = {each.id: (source, each) for source, _, each in desk.library().cards()}
        if wanted not in known:
            near = get_close_matches(wanted, known, n=3, cutoff=0.5)
            hint = cli_say.NEAREST.format(names=cli_say.listed(near)) if near else ""
            raise Failure(say.NO_SUCH_CARD.format(card=name, near=hint))
        found = _card_object(desk, *known[wanted])
    if as_json:
        out_json(found)
        return
    out(say.card_line(found))
    for alias in found["aliases"]:
        out(say.alias_line(alias))


def _card_object(desk: Office, source: str, card: "Card") -> dict[str, Any]:
    from handlers.policy.aliases import aliases_of

    zone = desk.clock.zone
    return {
        "card": card.id,
        "source": source,
        "title": card.title,
        "answer": card.answer,
        "document": card.law,
        "article": card.article,
        "origin": card.origin,
        "places": list(card.places),
        "same": card.same,
        "local": list(card.local),
        "aliases": [
            {
                "text": alias.text,
                "source": alias.source,
                "no": alias.asked.no if alias.asked else None,
                "place": alias.asked.place if alias.asked else "",
                "first": alias.first.astimezone(zone).date() if alias.first else None,
                "times": alias.asked.times if alias.asked else None,
            }
            for alias in desk.database.read_now(aliases_of, card, source)
        ],
    }
