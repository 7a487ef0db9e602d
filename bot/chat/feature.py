"""A feature: what one package under `handlers` brings, in one value."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.command import Command
from bot.chat.pictures import Wants
from bot.chat.turn import Watch
from bot.chat.way import Way
from bot.clock import Clock
from storage.database import Database
from storage.uow import UnitOfWork

Services = Mapping[type, Any]
"""What handlers and jobs may ask for, by type."""

Tick = Callable[[Database, Clock, Services], Awaitable[None]]
"""Scheduled work: called every few seconds in every process; the database decides who does what, once."""

Register = Callable[[UnitOfWork], list[dict[str, Any]]]
"""A register's rows for export, plain values by column name."""


@dataclass(frozen=True, slots=True)
class Feature:
    """`picks`: what a reference in a numbered list opens, by its kind (`wish:12` → `picks["wish"]`).

    `ways`: what a command given alone asks step by step, by the command's name.
    `watch`: looks at everything that is said (`bot.chat.turn.Watch`).
    `wants`: whether a picture sent in private is for it (`bot.chat.pictures.Wants`).
    `question`: the command that free text means. `follow`: what greets a new follower. Of the last
    three, one feature has each.
    """

    key: str
    commands: tuple[Command, ...]
    picks: Mapping[str, Command] = field(default_factory=dict)
    jobs: Mapping[str, Tick] = field(default_factory=dict)
    registers: Mapping[str, Register] = field(default_factory=dict)
    ways: Mapping[str, Way] = field(default_factory=dict)
    watch: Watch | None = None
    wants: Wants | None = None
    question: Command | None = None
    follow: Command | None = None
