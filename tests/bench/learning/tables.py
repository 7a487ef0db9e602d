"""Learning the tables: how useful a word of a question is, and the bags of words of the articles."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from math import log

from knowledge.folding import title_key
from knowledge.index import Index
from knowledge.lexicon import Lexicon
from knowledge.question import Question
from knowledge.ranking.learned import Bag, Learned
from tests.bench.learning.material import Asked

_LOWEST, _HIGHEST = 0.3, 2.0
_PSEUDO = 3.0


class Learner:
    """Learns from any part of the questions."""

    def __init__(self, index: Index, lexicon: Lexicon, understand: Callable[[str], Question]) -> None:
        self._index = index
        self._lexicon = lexicon
        self._understand = understand
        self._texts: dict[str, frozenset[str]] = {}

    def learned(self, rows: Iterable[Asked]) -> Learned:
        """What these questions teach."""
        bags: dict[tuple[str, str, str], tuple[list[int], Counter[str]]] = {}
        tried: dict[str, list[bool]] = defaultdict(list)
        for row in rows:
            words = [w for w in self._understand(row.text).words if w not in self._lexicon.neutral]
            golds = [article for article in row.articles if article.passage.article]
            for article in golds:
                key = (
                    title_key(article.document.title),
                    article.passage.article or "",
                    article.passage.heading,
                )
                count, bag = bags.setdefault(key, ([0], Counter()))
                count[0] += 1
                bag.update(set(words))
            texts = [self._words(article.passage.id, article.passage.text) for article in golds]
            for word in set(words) if texts else ():
                tried[word].append(any(word in text for text in texts))
        return Learned(
            self._useful(tried), tuple(Bag(*key, count[0], dict(bag)) for key, (count, bag) in bags.items())
        )

    def _useful(self, tried: dict[str, list[bool]]) -> dict[str, float]:
        """How much more often than the usual word a word of a question stands in the article, shrunk; its root.

        A word seen seldom is taken for the usual word of its rarity.
        """
        rarity = {word: int(log(self._index.now().searcher.doc_freq("words", word) + 1)) for word in tried}
        mean = sum(map(sum, tried.values())) / max(sum(map(len, tried.values())), 1)
        hits, all_ = defaultdict(float), defaultdict(float)
        for word, found in tried.items():
            hits[rarity[word]] += sum(found)
            all_[rarity[word]] += len(found)
        out = {}
        for word, found in tried.items():
            usual = (hits[rarity[word]] + 5 * mean) / (all_[rarity[word]] + 5)
            share = (sum(found) + _PSEUDO * usual) / (len(found) + _PSEUDO)
            out[word] = round(min(_HIGHEST, max(_LOWEST, (share / mean) ** 0.5)), 2)
        return out

    def _words(self, key: str, text: str) -> frozenset[str]:
        if key not in self._texts:
            self._texts[key] = frozenset(self._index.segmenter.words(text))
        return self._texts[key]
