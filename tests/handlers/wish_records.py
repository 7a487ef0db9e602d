"""What the records say of a wish, for the tests of its life."""

from bot.chat.reply import Reply
from storage.teams import Seat
from storage.uow import UnitOfWork
from storage.wishes import Move, Wish
from tests.handlers.town import Town

REFUSED = "\n用法："
"""How an answer goes on that refuses what was asked."""


async def wish(town: Town, no: int) -> Wish:
    return await town.database.read(lambda uow: uow.wishes.get(no))


async def history(town: Town, no: int) -> list[tuple[Move, str]]:
    events = await town.database.read(lambda uow: uow.wishes.history(no))
    return [(event.move, event.note) for event in events]


async def held(town: Town, no: int) -> dict[str, str]:
    """What is sealed with a wish."""
    return await town.database.read(lambda uow: uow.details.read(f"wish:{no}", by="test", own=True))


async def looks(town: Town, no: int) -> list[str]:
    rows = await town.register("looks")
    return [row["actor"] for row in rows if (row["action"], row["subject"]) == ("look", f"wish:{no}")]


async def told(town: Town) -> list[tuple[str, str]]:
    """(to, text) of everything that no message caused."""

    def read(uow: UnitOfWork) -> list[tuple[str, str]]:
        return [
            (uow.members.get(row.to.member_id or 0).name, Reply.from_json(row.body).plain())
            for row in uow.outbox.caused_by("", "")
        ]

    return await town.database.read(read)


async def form_team(town: Town, *names: str, place: str = "永续社区") -> int:
    def form(uow: UnitOfWork) -> int:
        team = uow.teams.add("3", name="暖心队", place_id=uow.places.named(place).id)
        for name in names:
            uow.teams.seat(team.id, Seat(uow.members.named(name)[0].id))
        return team.id

    return await town.database.run(form)
