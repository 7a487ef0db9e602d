"""A county small enough to try every right in: six places that a matter can lie in, ten people who try."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.chat.update import Update
from handlers.policy.library import Library, stored
from knowledge.passage import Document, Passage
from storage.database import Database
from storage.digests import Item
from storage.members import Grant, Role
from storage.uow import UnitOfWork
from storage.wishes import Move, Status
from tests.clock import FrozenClock
from tests.handlers.town import Town, empty_library

PEOPLE = {
    "村民": Role.RESIDENT,
    "志愿者": Role.VOLUNTEER,
    "网格员": Role.GRID_WORKER,
    "民情书记": Role.CARE_SECRETARY,
    "第一书记": Role.FIRST_SECRETARY,
    "干部": Role.COORDINATOR,
    "儿童主任": Role.CHILD_OFFICER,
    "组织部": Role.COUNTY_OFFICE,
    "管理员": Role.OPERATOR,
    "访客": None,
}
"""Each lives in 柳河村 and holds the role for it; 访客 follows the Official Account and is bound to nothing."""

RELATIONS = {"本": "柳河村", "下": "柳河村一号田", "上": "清河镇", "邻": "杨庄村", "外": "石桥村", "无": None}
"""Where the matter lies, as seen from 柳河村: there, below it, above it, beside it, in another town, nowhere."""

PASSAGE = "0a1b2c3d4e"

UNSAID = frozenset({
    "inbox", "audit", "chat_listing", "conversation", "burden", "outbox", "sqlite_sequence", "alembic_version",
})  # fmt: skip
"""Tables a refusal may write: the message and its answer, the audit's row, what the chat has open."""

ON_THE_WAY = {
    Status.PENDING: (),
    Status.RETURNED: (Move.RETURN,),
    Status.WITHDRAWN: (Move.WITHDRAW,),
    Status.OPEN: (Move.VERIFY,),
    Status.CLAIMED: (Move.VERIFY, Move.CLAIM),
    Status.DELIVERED: (Move.VERIFY, Move.CLAIM, Move.DELIVER),
}


@dataclass(frozen=True)
class Played:
    """What came of a message: the answer, the audit's new rows of refusals, whether anything else changed."""

    answer: str
    refusals: tuple[tuple[str, str], ...]
    changed: frozenset[str]


class Stage(Town):
    """A town whose database is put back, as it was prepared, after each scene."""

    def __init__(self, database: Database, clock: FrozenClock, folder: Path) -> None:
        super().__init__(database, clock, empty_library(folder))
        self.people: dict[str, int] = {}
        self.places: dict[str, int | None] = {"无": None}
        self.groups: dict[str, int] = {}
        database.run_now(self._build)
        self.services[Library].catch_up(database)
        self._live = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
        self._watch()
        self._kept = sqlite3.connect(":memory:")
        self._live.backup(self._kept)

    def close(self) -> None:
        self._live.close()
        self._kept.close()
        self.database.close()

    @contextmanager
    def scene(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._kept.backup(self._live)

    async def play(self, who: str, text: str, group: str | None) -> Played:
        """Say it through the dispatcher. `group`: the one of this relation, None: in private."""
        self._live.execute("DELETE FROM touched")
        (heard,) = self._live.execute("SELECT coalesce(max(id), 0) FROM audit").fetchone()
        update = Update(
            "terminal", f"k{next(self._keys)}", str(self.people[who]), self.clock.now(), text,
            chat=str(self.groups[group]) if group else None,
        )  # fmt: skip
        reply = await self._dispatcher.answer(update)
        assert reply.incident is None, (who, text)
        touched = self._live.execute("SELECT DISTINCT name FROM touched").fetchall()
        refused = "SELECT actor, subject FROM audit WHERE action = 'refused' AND id > ?"
        refusals = self._live.execute(refused, (heard,)).fetchall()
        return Played(reply.plain(), tuple(refusals), frozenset(name for (name,) in touched))

    def wish(
        self,
        uow: UnitOfWork,
        relation: str,
        status: Status,
        *,
        by: str = "登记人",
        held_by: str = "认领人",
        **more: Any,
    ) -> int:
        """A wish of the place, in this state; returns its number."""
        wish = uow.wishes.log(
            "独居老人想要一台收音机", by=self.people[by], place_id=self.places[relation], group_id=None,
            expires_on=date(2026, 6, 1), **more,
        )  # fmt: skip
        for move in ON_THE_WAY[status]:
            claims = move in (Move.CLAIM, Move.DELIVER)
            uow.wishes.move(wish.no, move, by=self.people[held_by if claims else "核实人"])
        return wish.no

    def _build(self, uow: UnitOfWork) -> None:
        county = uow.places.add("金山县", kind="county").id
        for name, relation, kind, above in (
            ("清河镇", "上", "town", "县"), ("鱼山镇", "", "town", "县"), ("柳河村", "本", "village", "上"),
            ("杨庄村", "邻", "village", "上"), ("石桥村", "外", "village", "鱼山镇"),
            ("柳河村一号田", "下", "plot", "本"),
        ):  # fmt: skip
            parent = county if above == "县" else self.places[above]
            self.places[relation or name] = uow.places.add(name, kind=kind, parent=parent).id
        here = self.places["本"]
        for name, role in PEOPLE.items():
            grants = [Grant(role, here)] if role not in (None, Role.RESIDENT) else []
            member = uow.members.add(name, place_id=here if role else None, grants=grants)
            self.people[name] = member.id
        elsewhere = {"帮手": Role.VOLUNTEER, "县里人": Role.COUNTY_OFFICE}
        for name in ("登记人", "认领人", "核实人", "帮手", "接手人", "县里人"):
            grants = [Grant(elsewhere[name], county)] if name in elsewhere else []
            self.people[name] = uow.members.add(name, place_id=here, grants=grants).id
        for member_id in self.people.values():
            uow.members.noticed(member_id)
        for relation, place_id in self.places.items():
            if relation in RELATIONS:
                name = f"{relation}群"
                group = uow.groups.add(name, place_id=place_id, channel="simulator")
                uow.groups.heard(group.id)
                self.groups[relation] = group.id
                self._groups[name] = group.id
        today = uow.now.date()
        article = Passage(PASSAGE, "第九条", "", "第九条 申请低保，向户籍所在地的镇政府提出。")
        law = Document("law.md", "社会救助暂行办法", "law", "", today, today, None, "", "0" * 64, (article,))
        uow.documents.put([stored(law, "")])
        uow.digests.put_items([
            Item(f"case-{number}", "case", f"案例{number}", "做法。", "公开报道", today) for number in (1, 2, 3)
        ])  # fmt: skip

    def _watch(self) -> None:
        """Let every table but `UNSAID` say when a row of it is written, changed or deleted."""
        self._live.execute("CREATE TABLE touched (name TEXT)")
        tables = self._live.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        watched = sorted({name for (name,) in tables} - UNSAID - {"touched"})
        assert len(watched) > 30
        for name in watched:
            for what in ("INSERT", "UPDATE", "DELETE"):
                self._live.execute(
                    f'CREATE TRIGGER "{name}_{what}" AFTER {what} ON "{name}" '
                    f"BEGIN INSERT INTO touched VALUES ('{name}'); END"
                )


def open_stage(template: Path, folder: Path, clock: FrozenClock) -> Stage:
    """A stage on a copy of an empty database with the schema of today."""
    path = folder / "lianxin.db"
    shutil.copy(template, path)
    return Stage(Database(f"sqlite:///{path}", clock.now), clock, folder)
