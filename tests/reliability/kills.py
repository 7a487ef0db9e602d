"""A server that is killed at random moments under load, and the account of what it had promised.

People log wishes and claim them, sometimes the platform delivers a message again, and each morning a
digest is due. After every kill the database is read as it stands and compared with what was acknowledged.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree import ElementTree

from bot.chat.reply import Reply
from storage import schema
from storage.outbox import Outcome
from storage.uow import UnitOfWork
from tests.clock import ZONE, at
from tests.platform.official_account import OfficialAccountPlatform
from tests.reliability.servers import Server, WallClock
from tests.reliability.stage import knobs
from tests.reliability.village import CHANNEL, GROUP, RESIDENT, Village, opened, outbox

MORNING = "2026-03-05 09:00"
PEOPLE_AT_ONCE = 10
LONGEST_LIFE = 0.9
AGAIN = 0.15
"""Share of deliveries that bring a message anew."""


@dataclass
class Sent:
    """A message the platform delivered. `told`: each answer that arrived."""

    xml: str
    key: str
    text: str
    told: list[str | None] = field(default_factory=list)


@dataclass
class Account:
    """What the whole run comes to. All but the first three figures, and the recovery, have to be nothing."""

    acknowledged: int = 0
    in_doubt: int = 0
    digests: int = 0
    lost: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    inconsistent: list[str] = field(default_factory=list)
    damages: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    recovery: float = 0.0
    """Seconds the slowest start took after a kill."""

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.differing, *self.inconsistent, *self.damages, *self.sent_twice]


class Siege:
    """`seed` decides what is said and when the server dies. `careless`: a server that answers before it commits."""

    def __init__(
        self, server: Server, url: str, village: Village, platform: OfficialAccountPlatform, wall: WallClock,
        seed: int, *, careless: bool = False,
    ) -> None:  # fmt: skip
        self.account = Account()
        self._server = server
        self._url = url
        self._village = village
        self._platform = platform
        self._wall = wall
        self._chance = random.Random(seed)
        self._careless = careless
        self._sent: list[Sent] = []
        self._said = 0
        self._started = at(MORNING) - datetime.now(ZONE)

    async def rounds(self, count: int) -> Account:
        """So many lives and kills, then one life that is let be, and the reckoning."""
        for day in range(count):
            await self._life(day, self._chance.uniform(0, LONGEST_LIFE))
        await self._life(count, None)
        self._reckon(self._sent)
        return self.account

    async def _life(self, day: int, seconds: float | None) -> None:
        shift = self._started + timedelta(days=day)
        self._wall.shift = shift
        self._server.command = knobs(shift=shift.total_seconds(), every=0.1, careless=self._careless)
        born = time.perf_counter()
        self._server.launch()
        if seconds is not None and self._chance.random() < 0.2:
            await asyncio.sleep(seconds)  # killed before it could open its door
            self._server.kill()
            return
        await asyncio.to_thread(self._server.wait)
        self.account.recovery = max(self.account.recovery, time.perf_counter() - born)
        doubtful = [sent for sent in self._sent if not sent.told and not self._pruned(sent)]
        this_life = self._chance.sample(doubtful, len(doubtful) // 2)
        await asyncio.gather(*(self._deliver(sent) for sent in this_life))
        people = [asyncio.create_task(self._talk(this_life)) for _ in range(PEOPLE_AT_ONCE)]
        await asyncio.sleep(1.0 if seconds is None else seconds)
        if seconds is None:
            await _stop(people)
            assert await asyncio.to_thread(self._server.stop) == 0, self._server.complaints()
        else:
            self._server.kill()
            await _stop(people)
        self._sent += [sent for sent in this_life if sent not in self._sent]
        self._reckon(this_life)

    async def _talk(self, this_life: list[Sent]) -> None:
        while True:
            answered = [sent for sent in this_life if sent.told]
            if answered and self._chance.random() < AGAIN:
                sent = self._chance.choice(answered)
            else:
                sent = self._message()
                this_life.append(sent)
            await self._deliver(sent)

    def _message(self) -> Sent:
        self._said += 1
        if self._chance.random() < 0.3:
            person, text = (
                self._chance.choice(self._village.helpers),
                f"/认领 {self._chance.choice(self._village.wishes)}",
            )
        else:
            person, text = RESIDENT, f"/心愿 {_unlike(self._said)}"
        xml = self._platform.message(person, Content=text)
        key = ElementTree.fromstring(xml).findtext("MsgId")
        assert key is not None
        return Sent(xml, key, text)

    async def _deliver(self, sent: Sent) -> None:
        request = self._platform.request(sent.xml)
        attempt = await self._platform.post(self._server.url, request)
        if attempt.status == 200:
            sent.told.append(self._platform.read(request, [attempt]).text)
        elif attempt.status:
            self.account.inconsistent.append(f"HTTP {attempt.status} to {sent.text}")

    # -- the reckoning ---------------------------------------------------------------------------

    def _reckon(self, messages: Sequence[Sent]) -> None:
        database = opened(self._url, self._wall.shift)
        try:
            database.read_now(self._compare, messages)
            self.account.damages += schema.damages(database)
        finally:
            database.close()
        self.account.acknowledged = sum(bool(sent.told) for sent in self._sent)
        self.account.in_doubt = len(self._sent) - self.account.acknowledged

    def _compare(self, uow: UnitOfWork, messages: Sequence[Sent]) -> None:
        wishes: dict[str, list[int]] = {}
        for wish in uow.wishes.all():
            wishes.setdefault(f"/心愿 {wish.content}", []).append(wish.no)
        claims = {entry.update_key: entry.subject for entry in uow.audit.all() if entry.action == "claim"}
        twice = [subject for subject, times in Counter(claims.values()).items() if times > 1]
        self.account.inconsistent += [f"{subject} claimed twice" for subject in twice]
        for sent in messages:
            self._compare_one(uow, sent, wishes.get(sent.text, []), claims.get(sent.key))
        self._compare_outbox(uow)

    def _compare_one(self, uow: UnitOfWork, sent: Sent, wishes: list[int], claim: str | None) -> None:
        account, stored = self.account, uow.inbox.reply_to(CHANNEL, sent.key)
        if len(set(sent.told)) > 1:
            account.differing.append(f"{sent.text}: {sent.told}")
        if sent.told and stored is None and not self._pruned(sent):
            account.lost.append(f"{sent.text}: no reply kept")
        if stored is not None and sent.told and Reply.from_json(stored).plain() != sent.told[0]:
            account.differing.append(f"{sent.text}: {sent.told[0]} / {stored}")
        if sent.text.startswith("/心愿"):
            number = re.search(r"#(\d+)", sent.told[0] or "") if sent.told else None
            if sent.told and (number is None or wishes != [int(number[1])]):
                account.lost.append(f"{sent.text}: told {sent.told[0]}, kept {wishes}")
            if len(wishes) > 1 or (bool(wishes) != (stored is not None) and not self._pruned(sent)):
                account.inconsistent.append(f"{sent.text}: wishes {wishes}, reply {stored}")
        elif stored is not None and ("由您认领" in stored and "已经由您" not in stored) != (
            claim is not None
        ):
            account.inconsistent.append(f"{sent.text}: reply {stored}, claim {claim}")

    def _pruned(self, sent: Sent) -> bool:
        """Replies live 72 hours, and a day passes with every life."""
        born = datetime.fromtimestamp(int(ElementTree.fromstring(sent.xml).findtext("CreateTime") or 0), ZONE)
        return self._wall.now() - born > timedelta(hours=70)

    def _compare_outbox(self, uow: UnitOfWork) -> None:
        """Whatever the platform or a group has on its screen twice was sent twice."""
        pushes = uow.digests.pushes()
        seen = Counter(f"{message.openid}: {message.content}" for message in self._platform.api.delivered)
        seen.update(f"{line.chat}: {line.text}" for line in uow.simulator.after(0, limit=10_000))
        seen.update(f"push to {push.group_id} on {push.day}" for push in pushes)
        doubled = [f"{what}: {times} times" for what, times in seen.items() if times > 1]
        doubled += [
            f"digest {row.id}: {row.attempts} attempts"
            for row in outbox(uow)
            if row.group_id and row.attempts > 1
        ]
        self.account.sent_twice = doubled
        self.account.digests = sum(push.status != "skipped" for push in pushes)
        known = {"skipped", *Outcome}
        self.account.inconsistent += [f"push {p.day}: {p.status}" for p in pushes if p.status not in known]
        assert all(push.group == GROUP for push in pushes)


def _unlike(number: int) -> str:
    """Words that no other number gives, and that look like no other wish."""
    return "".join(chr(0x4E00 + (number * 7919 + place * 104729) % 20000) for place in range(6)) + str(number)


async def _stop(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
