"""Work: how a handler changes anything. What is done and what is said commit together."""

from collections.abc import Callable
from typing import Concatenate, Generic, ParamSpec, TypeVar

from bot.chat.command import service
from bot.chat.reply import Reply
from storage.database import Database
from storage.uow import Cause, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

Settle = Callable[[UnitOfWork, Reply], Reply]
"""Stamps the reply on the message, inside the transaction, and returns it as it will be said."""


class Act(Generic[T]):
    """A use case with its arguments, about to be carried out."""

    def __init__(self, work: "Work", call: Callable[[UnitOfWork], T]) -> None:
        self._work = work
        self._call = call

    async def reply(self, render: Callable[[T], Reply]) -> Reply:
        """Carry it out and answer: rows, history, audit, outbox and the stored reply are one transaction.

        `render` is a pure function from the use case's view to the answer. Errors of the use case roll
        everything back and pass through.
        """

        def transaction(uow: UnitOfWork) -> Reply:
            return self._work.settle(uow, render(self._call(uow)))

        reply = await self._work.database.carry_out(transaction, self._work.cause)
        self._work.settled = True
        return reply


@service
class Work:
    """Bound to one message. `work(use_case, …).reply(phrase)` writes, `await work.read(query, …)` asks."""

    def __init__(self, database: Database, cause: Cause, settle: Settle) -> None:
        self.database = database
        self.cause = cause
        self.settle = settle
        self.settled = False
        """Whether the message's answer is committed."""

    def __call__(
        self, use_case: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Act[T]:
        return Act(self, lambda uow: use_case(uow, *args, **kwargs))

    async def read(
        self, query: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.database.read(query, *args, **kwargs)
