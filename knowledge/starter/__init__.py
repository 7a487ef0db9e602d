"""The base we ship: plain-words cards for everyday questions, so that a fresh copy can answer offline."""

import hashlib
from functools import cache
from importlib import resources

from knowledge.ingest.cards import cards_in, passages_of
from knowledge.passage import CARD, Document


@cache
def starter_documents() -> tuple[Document, ...]:
    """The packaged cards, one document a file, source `starter/<file>`. Read once a process."""
    documents = []
    for file in sorted(resources.files(__name__).joinpath("cards").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        data = file.read_bytes()
        source = f"starter/{file.name}"
        passages = passages_of(cards_in(data.decode("utf-8")), source)
        title = file.name.removesuffix(".toml")
        digest = hashlib.sha256(data).hexdigest()
        documents.append(Document(source, title, CARD, "", None, None, None, "", digest, passages))
    return tuple(documents)
