"""One dictionary for the whole session, a small base of made-up rules, and where the real material lies."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.index import Index
from knowledge.ingest.cutting import outlined
from knowledge.ingest.dating import effective_on, issued_on, region_of
from knowledge.ingest.isolation import ReadingRoom
from knowledge.lexicon import Lexicon, shipped_lexicon
from knowledge.passage import CARD, Card, Document, Passage, passage_id
from knowledge.search import Searcher
from knowledge.segment import Segmenter

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "laws").is_dir(), reason="../shared/data is not beside this checkout: real laws are not read"
)


def law(source: str, text: str) -> Document:
    """A document as it would be read from a file of this name."""
    outline = outlined(text, source, Path(source).stem)
    texts = [passage.text for passage in outline.passages]
    return Document(
        source,
        outline.title,
        "law",
        "",
        issued_on(source, outline.preamble),
        effective_on(outline.preamble, texts),
        None,
        region_of(outline.title),
        source,
        outline.passages,
    )


def deck(source: str, *cards: Card) -> Document:
    """A file of cards."""
    passages = tuple(Passage(passage_id(source, c.id, 0), c.article, c.title, c.answer, c) for c in cards)
    return Document(source, source, CARD, "", None, None, None, "", source, passages)


RELIEF_2014 = """# 帮扶办法

2014年2月21日 县政府公布

<!-- INFO END -->

第一条 家庭困难的，可以申请帮扶金。

第二条 本办法自2014年5月1日起施行。"""

RELIEF_2020 = """# 帮扶办法

2014年2月21日 县政府公布
2020年6月1日 修订

<!-- INFO END -->

## 第一章 条件

第一条 家庭人均收入低于标准、财产符合规定的，可以申请帮扶金。

帮扶金由乡镇人民政府受理。

## 第二章 附则

第二条 本办法自2020年7月1日起施行。《困难户补助规定》同时废止。"""

OLD_SUBSIDY = """# 困难户补助规定

2001年3月1日 公布

<!-- INFO END -->

第一条 家庭困难的，可以申请补助，乡镇人民政府受理。"""

DOGS_JINING = """# 济宁市养犬规定

2019年6月5日 公布

<!-- INFO END -->

第一条 饲养犬只应当登记，每户限养一只。"""

DOGS_QINGDAO = DOGS_JINING.replace("济宁", "青岛")

FORESTS = """# 中华人民共和国林木法

2019年12月28日 通过

<!-- INFO END -->

第三十八条 采伐林木应当申请采伐许可证；农村居民采伐房前屋后零星林木的除外。

第三十八条之一 采伐许可证由县级人民政府林业主管部门核发。"""

RELIEF_CARD = Card(
    id="relief",
    title="谁能申请帮扶金",
    questions=("家里困难能不能领帮扶金", "帮扶金要啥条件"),
    answer="人均收入低于标准、财产也符合的就能申请。",
    where="镇便民服务中心",
    law="帮扶办法",
    article="第一条",
    effective=date(2020, 7, 1),
    tags=("帮扶",),
)
LOOSE_CARD = Card(
    id="fee",
    title="党费一个月交多少",
    questions=("农村党员党费交多少",),
    answer="农民党员每月交二角到一元。",
    law="党费规定",
    article="第六条",
)


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    return Segmenter(tmp_path_factory.mktemp("jieba") / "cache")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return shipped_lexicon()


@pytest.fixture
def base(segmenter: Segmenter, lexicon: Lexicon) -> Callable[..., Searcher]:
    """A searcher over the documents given, in memory."""

    def build(*documents: Document) -> Searcher:
        index = Index.open(None, segmenter)
        index.apply(documents, (), 1)
        return Searcher(index, lexicon)

    return build


@pytest.fixture(scope="session")
def room() -> Iterator[ReadingRoom]:
    """Where office files are read, in one child for the whole session."""
    room = ReadingRoom()
    yield room
    room.close()
