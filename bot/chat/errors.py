"""Every failure a message can meet, in one tree.

    BotError
    ├─ BadInput       cannot be read       → sentence, usage, first example
    ├─ DomainError    understood, refused  → sentence; features derive theirs in their phrases
    │  └─ WrongPlace  not here             → sentence alone
    ├─ NotAllowed     not for this member  → sentence, audited
    └─ ChannelError   never shown to a member
       ├─ Forged        signature, receive id, time or nonce is wrong → HTTP 403
       ├─ Malformed     cannot be decoded                             → HTTP 400
       ├─ TooLarge      body over the cap                             → HTTP 413
       ├─ Throttled     the platform refuses for now                  → the outbox retries
       ├─ Unreachable   known not to have been delivered              → the outbox retries
       │  └─ Misconfigured nothing goes before the operator acts      → alarm, tried again slowly
       ├─ Undeliverable will never be delivered (blocked)             → failed, with the cause
       │  ├─ WindowClosed not before the person writes again          → waits for that
       │  └─ Removed      we are no longer in this group              → failed, pushes stop, owner told
       └─ OutcomeUnknown written, no answer came                      → never resent by itself

Anything else is a bug: the person gets an incident number, the log one traceback under it.
"""


class BotError(Exception):
    """Base of all expected failures. `sentence` is what a person reads."""

    sentence = ""

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence if sentence is not None else type(self).sentence
        super().__init__(self.sentence)


class BadInput(BotError):
    """The words could not be read as the command's arguments."""


class DomainError(BotError):
    """Understood and refused; nothing was changed."""


class WrongPlace(DomainError):
    """The right words, said in a group instead of in private, or the other way round: no usage would help."""


class NotAllowed(BotError):
    """The member's roles do not permit this command, or not for this matter."""


class ChannelError(BotError):
    """Trouble at the edge to a platform. `sentence` is for the log and the operator, never for a chat."""


class Forged(ChannelError):
    """Signature, receive id, time or nonce is wrong."""


class Malformed(ChannelError):
    """The body cannot be decoded."""


class TooLarge(ChannelError):
    """The body is over the cap."""


class Throttled(ChannelError):
    """The platform, or our own pacing, refuses for now; known not delivered. `after`: seconds, where known."""

    def __init__(self, sentence: str | None = None, *, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


class Unreachable(ChannelError):
    """No connection, or the platform answered that it did not take the message; known not delivered."""


class Misconfigured(Unreachable):
    """A secret, an address list or a permission at the platform is wrong: nothing goes before the operator acts."""


class Undeliverable(ChannelError):
    """The platform will not take this message for this recipient; retrying cannot help."""


class WindowClosed(Undeliverable):
    """The platform allows no message now; the person's next one opens its window again."""


class Removed(Undeliverable):
    """We are not in this group, or no longer."""


class OutcomeUnknown(ChannelError):
    """The request was written and no answer came: it may have been delivered. Never resent by itself."""
