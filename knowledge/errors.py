"""What this room refuses. The text of each is one sentence a person can read."""


class KnowledgeError(Exception):
    """Base of the expected failures."""


class Unreadable(KnowledgeError):
    """A file that cannot become a document."""

    @property
    def reason(self) -> str:
        """The sentence for the person who gave the file."""
        return str(self)


class BadCard(KnowledgeError):
    """A card file that breaks its form."""


class BadLexicon(KnowledgeError):
    """A line of a word table that breaks its form."""


class IndexBusy(KnowledgeError):
    """Another process has been writing the index for too long."""
