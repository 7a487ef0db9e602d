"""`kb`: the knowledge base from the command line."""

import json
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import cards, curation, local_values
from bot.cli.answers import answer_object
from bot.cli.progress import bars
from bot.cli.session import AsJson, Failure, Office, office, out, out_json
from bot.phrases import cards as card_say
from bot.phrases import cli as say
from bot.phrases import curation as curating

if TYPE_CHECKING:
    from handlers.policy.library import ImportReport, Library
    from knowledge.search import Hit
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.KB, no_args_is_help=True)
app.command("list", help=curating.KB_LIST)(curation.list_documents)
app.command("show", help=curating.KB_SHOW)(curation.show)
app.command("set", help=curating.KB_SET)(curation.change)
app.command("check", help=curating.KB_CHECK)(curation.check)
app.command("card", help=card_say.KB_CARD)(cards.card)
app.add_typer(local_values.app, name="local")

LARGEST_BATCH = 20 * 1024 * 1024
"""Bytes of a file of questions. A larger one is refused unread."""

Question = Annotated[str | None, typer.Argument(help=say.QUESTION)]
Batch = Annotated[Path | None, typer.Option(help=say.BATCH)]


@app.command("import", help=say.KB_IMPORT)
def import_documents(
    paths: Annotated[list[Path], typer.Argument(help=say.PATHS)],
    as_json: AsJson = False,
    prune: Annotated[bool, typer.Option("--prune", help=say.PRUNE)] = False,
) -> None:
    """Read, then index. What was read before an interruption stays."""
    from handlers.policy.library import ORIGINALS, import_paths

    with office() as desk, bars() as bar:
        originals = desk.settings.bot_data_dir / ORIGINALS
        report = import_paths(desk.database, paths, originals, prune=prune, on_progress=bar(say.READING))
        desk.library(bar(say.INDEXING))
    if as_json:
        out_json(_import_object(report))
    else:
        _tell_import(report)
    if not report.documents and not report.removed:
        raise Failure(say.NOTHING_READ)


@app.command("search", help=say.KB_SEARCH)
def search(
    question: Question = None,
    top: Annotated[int, typer.Option(help=say.TOP, min=1, max=1000)] = 10,
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option("--explain", help=say.EXPLAIN)] = False,
    batch: Batch = None,
) -> None:
    """One question, or a file of them; hits as of today."""
    _one_of(question, batch)
    with office() as desk:
        library, today = desk.library(), desk.clock.now().date()
        if batch is not None:
            for key, asked in _questions(batch):
                hits = library.searcher.search(asked, top=top, on=today)
                out_json({"id": key, "hits": [_hit_object(hit) for hit in hits]})
            return
        hits = library.searcher.search(question or "", top=top, on=today, explain=explain)
        reasons = _Reasons(library, question or "") if explain else None
        for place, hit in enumerate(hits, start=1):
            if as_json:
                out_json(_hit_object(hit) | ({"explain": reasons.plain(hit)} if reasons else {}))
            else:
                out(say.hit_heading(place, hit.document, hit.article, hit.score, hit.card))
                out(f"   {hit.source}\n   {_beginning(hit.text)}")
                for line in reasons.words(hit) if reasons else ():
                    out(f"   {line}")
        if not hits and not as_json:
            out(say.NOTHING_FOUND)


@app.command("ask", help=say.KB_ASK)
def ask(
    question: Question = None,
    as_json: AsJson = False,
    batch: Batch = None,
    place: Annotated[str | None, typer.Option(help=say.ASKED_IN)] = None,
) -> None:
    """The chat's answer to one question, or to each of a file."""
    from bot.cli.people import named_place

    _one_of(question, batch)
    with office() as desk:
        library = desk.library()
        at = desk.database.read_now(named_place, place).id if place else None
        if batch is not None:
            for key, asked in _questions(batch):
                out_json({"id": key, **answer_object(desk, library, asked, at)})
            return
        answer = answer_object(desk, library, question or "", at)
        if as_json:
            out_json(answer)
        else:
            out(answer["text"])


@app.command("remove", help=say.KB_REMOVE)
def remove(source: Annotated[str, typer.Argument(help=say.SOURCE)]) -> None:
    """Take one document out of the base and of the index."""
    with office() as desk:
        if not desk.database.run_now(lambda uow: uow.documents.remove([source])):
            known = desk.database.read_now(lambda uow: uow.documents.digests())
            near = get_close_matches(source, known, n=3, cutoff=0.5)
            hint = say.NEAREST.format(names=say.listed(near)) if near else ""
            raise Failure(say.NO_SUCH_SOURCE.format(source=source, near=hint))
        desk.library()
    out(say.REMOVED.format(source=source))


@app.command("diff", help=say.KB_DIFF)
def diff(source: Annotated[str, typer.Argument(help=say.SOURCE)], as_json: AsJson = False) -> None:
    """What changed in a document: against the text it replaced, or the version of its law before it."""
    from knowledge.comparison import changes

    with office() as desk:
        library = desk.library()
        standing = desk.database.read_now(lambda uow: uow.documents.load([source]))
        if not standing or not standing[0].digest:
            raise Failure(say.NO_SUCH_SOURCE.format(source=source, near=""))
        old = _version_before(desk, library, source)
        if old is None:
            raise Failure(say.NO_OLD_VERSION.format(source=source))
        new = [(each.article, each.heading, each.text) for each in standing[0].passages]
        found = list(changes(old[1], new))
    if as_json:
        rows = [{"article": each.label, "old": each.old, "new": each.new} for each in found]
        out_json({"source": source, "before": old[0], "changes": rows})
        return
    out(say.diff_heading(source, old[0], len(found)))
    for each in found:
        out(say.diff_line(each.label, each.old, each.new, each.marked()))


@app.command("stats", help=say.KB_STATS)
def stats(as_json: AsJson = False) -> None:
    """Counts of the base and of its index."""
    with office() as desk:
        library = desk.library()
        counts = desk.database.read_now(_counts)
        counts["index_revision"] = library.index.revision
    files = (desk.settings.bot_data_dir / "index").glob("*")
    counts["index_bytes"] = sum(path.stat().st_size for path in files)
    if as_json:
        out_json(counts)
    else:
        out(say.stats(counts))


def _version_before(
    desk: Office, library: "Library", source: str
) -> tuple[str, Sequence[tuple[str | None, str, str]]] | None:
    """What it is called, and its passages."""
    replaced = desk.database.read_now(lambda uow: uow.documents.versions(source))
    if replaced:
        day = replaced[0].imported_at.astimezone(desk.clock.zone).date()
        return say.imported_on(day), replaced[0].passages
    catalogue = library.index.documents()
    versions = [entry.source for entry in catalogue.versions(catalogue[source].title)]
    older = versions[versions.index(source) + 1 :] if source in versions else []
    if not older:
        return None
    passages = library.index.passages(older[0])
    return older[0], [(each.article, each.heading, each.text) for each in passages]


class _Reasons:
    """Why a question found what it found, hit by hit: the words, and what the ranking made of them."""

    def __init__(self, library: "Library", question: str) -> None:
        from knowledge.question import understood

        self._searcher = library.searcher
        self._asked = understood(question, library.searcher.lexicon, library.index.segmenter)

    def plain(self, hit: "Hit") -> dict[str, Any]:
        """`share`: how much of the question the text speaks of. `likeness`: to its card's questions.

        `translated`: of what was said, the files' words that stand there. `gains`: by respect, what it is worth in
        the ranking (`knowledge.ranking.reasons`). `features`: what the ranking saw.
        """
        card = hit.plain
        text = card.searchable + hit.text if card else hit.text
        official = {m.said: self._searcher.lexicon.colloquial.get(m.said, ()) for m in self._asked.matters}
        return {
            "share": round(self._asked.share_in(text), 4),
            "terms": [word for word in self._asked.words if word in text],
            "translated": {
                said: told for said, ways in official.items() if (told := [w for w in ways if w in text])
            },
            "likeness": round(self._searcher.likeness(self._asked, card), 4) if card else None,
            "exact": hit.exact,
            "superseded": hit.superseded,
            "gains": dict(hit.gains),
            "features": {name: round(value, 4) for name, value in hit.explanation},
        }

    def words(self, hit: "Hit") -> list[str]:
        told = self.plain(hit)
        del told["features"]
        return say.why(**told)


def _one_of(question: str | None, batch: Path | None) -> None:
    if (question is None) == (batch is None):
        raise typer.BadParameter(say.ONE_OF_TWO)
    if question is not None and not question.strip():
        raise typer.BadParameter(say.EMPTY_QUESTION)


def _questions(source: Path) -> Iterator[tuple[Any, str]]:
    """Each line's id and question, as the lines come."""
    if str(source) == "-":
        yield from _parsed(sys.stdin.buffer, say.STANDARD_INPUT)
        return
    size = source.stat().st_size
    if size > LARGEST_BATCH:
        most = LARGEST_BATCH // 1024 // 1024
        raise Failure(say.TOO_LARGE.format(size=size // 1024 // 1024, most=most, path=source))
    with source.open("rb") as lines:
        yield from _parsed(lines, source.name)


def _parsed(lines: Any, name: str) -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
            key, question = row["id"], row["question"]
        except (ValueError, KeyError, TypeError):
            key, question = None, None
        if not isinstance(question, str) or not isinstance(key, str | int):
            raise Failure(say.BAD_LINE.format(name=name, number=number))
        yield key, question


def _hit_object(hit: "Hit") -> dict[str, Any]:
    return {
        "document": hit.document,
        "article": hit.article,
        "source": hit.source,
        "passage_id": hit.passage_id,
        "score": hit.score,
        "text": hit.text,
        "card": hit.card,
    }


def _import_object(report: "ImportReport") -> dict[str, Any]:
    return {
        "documents": report.documents,
        "passages": report.passages,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "skipped": [{"path": path, "reason": reason} for path, reason in report.skipped],
        "gone": report.gone,
        "removed": report.removed,
    }


def _tell_import(report: "ImportReport") -> None:
    out(say.imported(report.documents, report.passages, report.added, report.changed, report.unchanged))
    if report.documents and not (report.added or report.changed or report.removed):
        out(say.SAME_AS_BEFORE)
    if report.skipped:
        out(say.SKIPPED.format(count=len(report.skipped)))
        for path, reason in report.skipped:
            out(f"  {path}：{reason}")
    if report.gone:
        out((say.PRUNED if report.removed else say.GONE).format(count=len(report.gone)))
        for source in report.gone:
            out(f"  {source}")


def _counts(uow: "UnitOfWork") -> dict[str, int]:
    from knowledge.passage import CARD

    rows = uow.documents.all()
    cards = [document.source for document, _ in rows if document.kind == CARD]
    passages = sum(count for _, count in rows)
    in_cards = sum(count for document, count in rows if document.kind == CARD)
    return {
        "documents": len(rows),
        "laws": len(rows) - len(cards),
        "card_files": len(cards),
        "passages": passages,
        "articles": uow.documents.articles(),
        "cards": in_cards,
        "revision": uow.documents.revision(),
        "unanswered": uow.questions.times_waiting(),
    }


def _beginning(text: str, most: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}……"
