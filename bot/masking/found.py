"""What was found in a text, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    PHONE = "phone"
    IDENTITY = "identity"
    CARD = "card"
    EMAIL = "email"
    ACCOUNT = "account"
    """A name on WeChat or QQ."""
    PLATE = "plate"
    ADDRESS = "address"
    MINOR = "minor"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Found:
    """Marks `start` to `end` of the text, the end not included."""

    kind: Kind
    start: int
    end: int
