"""The chat's answer to a question of nobody's, as `kb ask` prints it."""

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.cli.session import Office

if TYPE_CHECKING:
    from handlers.policy.library import Library


def answer_object(desk: Office, library: "Library", question: str, place: int | None) -> dict[str, Any]:
    """As of today, asked in a place of ours; None: from nowhere we know."""
    from handlers.policy.follow_up import take
    from handlers.policy.local.values import figures
    from handlers.policy.phrases import replied
    from handlers.policy.use_cases import Noted, region_of
    from knowledge.answer import Verdict

    region = desk.database.read_now(region_of, place)
    taken = take(partial(library.answer, region=region, on=desk.clock.now().date()), question, None)
    local = desk.database.read_now(figures, taken, library.searcher.lexicon, place)
    answer = taken.answer
    hit = answer.hit if answer.verdict is Verdict.ANSWERED else None
    cited = [{"document": hit.document, "article": hit.article, "source": hit.source}] if hit else []
    if not hit and local.asked:
        documents = dict.fromkeys(value.document for value in local.values)
        cited = [{"document": document, "article": None, "source": None} for document in documents]
    return {"answered": bool(cited), "citations": cited, "text": replied(Noted(taken, local)).plain()}
