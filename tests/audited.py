"""A transcript player that watches: whatever somebody says, no register changes without a row in the audit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

from bot.app import App
from storage.uow import UnitOfWork
from tests.clock import FrozenClock
from tests.transcript_player import Player, stage

UNWATCHED: Mapping[str, str] = {
    "audit": "it is what is asked for",
    "audit_seal": "written by a job, about the audit",
    "inbox": "the message itself, with its answer",
    "outbox": "what is on its way; what a person decides about it is audited",
    "chat_listing": "what a chat's next number picks from",
    "last_answer": "what a chat's next question follows on",
    "conversation": "a question of ours that waits for its answer",
    "question": "asked and not answered, without a name; what a keeper does with it is audited",
    "question_notice": "who is to hear the answer",
    "feedback": "words to the keeper, without a name",
    "wrong_code": "guesses, counted for an hour",
    "alarm": "faults of the house",
    "burden": "how much we said in a week",
    "pace": "how much we said in a minute",
    "tick": "which scheduled work is done",
    "simulator_line": "what the simulator shows",
    "attachment": "pictures on their way",
    "lease": "which process holds a line",
    "access_token": "a platform's token",
    "robot_call": "calls of a robot, for an hour",
    "corpus": "the revision of the base, changed with its documents",
    "passage": "the text of a document, changed with it",
    "alembic_version": "the schema",
}
"""Tables that hold no register, each with its reason. Any other table, also one of tomorrow, is watched."""

UNWATCHED_COLUMNS: Mapping[tuple[str, str], str] = {
    ("member", "noticed_at"): "that somebody had the privacy notice",
    ("chat_group", "heard_at"): "that the bot was spoken to there",
    ("account", "reachable_until"): "how long a platform lets us write",
}


@dataclass(frozen=True)
class Unaudited:
    """A line after which these tables were other than before, and no audit row."""

    line: str
    tables: tuple[str, ...]


class WatchingPlayer(Player):
    """`changed`: lines that changed a register and stand in the audit; `unaudited`: those that do not."""

    def __init__(self, app: App, clock: FrozenClock) -> None:
        super().__init__(app, clock)
        self.changed: list[str] = []
        self.unaudited: list[Unaudited] = []

    async def _say(self, line: re.Match[str]) -> list[str]:
        database = self._app.database
        await database.run(stage, line["name"], line["at"])
        before = await database.read(_registers)
        answered = await super()._say(line)
        after = await database.read(_registers)
        tables = tuple(name for name in after if name != "audit" and after[name] != before[name])
        if tables and after["audit"] == before["audit"]:
            self.unaudited.append(Unaudited(line[0], tables))
        elif tables:
            self.changed.append(line[0])
        return answered


def _registers(uow: UnitOfWork) -> dict[str, int]:
    """A number for what each register holds, and how many rows the audit has."""
    found = {name: _number(uow.connection, name) for name in _watched(uow.connection)}
    return {**found, "audit": uow.connection.execute(text("SELECT count(*) FROM audit")).scalar_one()}


def _watched(connection: Connection) -> list[str]:
    return [name for name in inspect(connection).get_table_names() if name not in UNWATCHED]


def _number(connection: Connection, table: str) -> int:
    columns = [each["name"] for each in inspect(connection).get_columns(table)]
    shown = ", ".join(f'"{name}"' for name in columns if (table, name) not in UNWATCHED_COLUMNS)
    rows = connection.execute(text(f"SELECT {shown} FROM {table}"))
    return hash(frozenset(repr(tuple(row)) for row in rows))
