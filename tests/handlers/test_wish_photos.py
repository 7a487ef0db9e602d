"""A photo of what was delivered: offered, never needed, seen by who confirms it and by nobody else."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.chat import phrases as engine
from bot.chat.errors import ChannelError, OutcomeUnknown, TooLarge
from bot.chat.pictures import Pictures
from bot.chat.reply import Image, Reply
from bot.chat.update import Kind, Update
from handlers.members import privacy
from handlers.wishes.closing import use_cases as closing
from storage.photos import Photo
from storage.uow import UnitOfWork
from tests.handlers.town import GROUP, Town
from tests.pictures import jpeg, png

DELIVERED = "#3 已记为送达，等登记的人或村（社区）干部确认。"
KEPT = "照片收好了，只有登记 #3 的人、本村（社区）干部和第一书记私下看得到；办结 14 天后删掉。"


@dataclass
class Camera:
    """A channel that has pictures, or fails to give them."""

    name: str = "terminal"
    has: dict[str, bytes | ChannelError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: bool = False

    async def picture(self, media: str) -> bytes:
        self.asked.append(media)
        if self.slow:
            await asyncio.Event().wait()
        found = self.has[media]
        if isinstance(found, ChannelError):
            raise found
        return found


@pytest.fixture
def camera(town: Town) -> Camera:
    made = Camera(has={"jpg": jpeg(), "png": png(), "text": b"hello"})
    town.services[Pictures].open([made])
    return made


async def send(town: Town, name: str, media: str = "jpg", group: str | None = None) -> Reply:
    """A picture; its key is the member's, the moment's and its own."""
    member = town.person(name)
    await town.database.run(lambda uow: uow.members.noticed(member.id))
    key = f"{name}{media}{town.clock.token(4).hex()}"
    chat = None
    if group is not None:
        chat = str(await town.database.read(lambda uow: uow.groups.named(group).id))
    update = Update(
        "terminal", key, str(member.id), town.clock.now(), kind=Kind.PICTURE, chat=chat, media=media
    )
    return await town.hear(update)


def count(town: Town, no: int = 3) -> int:
    return town.database.read_now(lambda uow: uow.photos.count(no))


async def images(town: Town, name: str, no: int = 3, group: str | None = None) -> list[Image]:
    reply = await town.reply(name, f"/心愿详情 {no}", group)
    return [part for part in reply.parts if isinstance(part, Image)]


async def looks(town: Town) -> list[tuple[str, str]]:
    rows = await town.register("looks")
    return [(row["actor"], row["subject"]) for row in rows if row["subject"].startswith("wish_photo:")]


# -- offered -----------------------------------------------------------------------------------------


async def test_a_photo_is_offered_where_one_can_be_taken(town: Town, camera: Camera) -> None:
    assert await town.say("小孙", "/送达 3") == f"{DELIVERED}想留张照片就直接发我，别拍到孩子，不发也行。"


async def test_in_a_group_it_is_offered_for_private(town: Town, camera: Camera) -> None:
    assert (
        await town.say("小孙", "/送达 3", GROUP) == f"{DELIVERED}想留张照片就私聊发我，别拍到孩子，不发也行。"
    )


async def test_where_none_can_be_taken_nothing_is_said_of_it(town: Town) -> None:
    assert await town.say("小孙", "/送达 3") == DELIVERED
    assert (await send(town, "小孙")).plain() == engine.UNHEARD["picture"]
    assert count(town) == 0


# -- kept, and seen ----------------------------------------------------------------------------------


async def test_who_confirms_sees_it_in_private_and_each_look_is_written(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    assert (await send(town, "小孙")).plain() == KEPT
    assert (await send(town, "小孙", "png")).plain() == KEPT
    shown = {
        name: await images(town, name) for name in ("小周", "王主任", "李书记", "小孙", "小钱", "张大妈")
    }
    names = [
        Image(each.key, f"心愿3照片{each.number}.{each.kind}", f"（#3 的照片 {each.number}）")
        for each in _photos(town)
    ]
    assert shown == {"小周": names, "王主任": names, "李书记": names, "小孙": [], "小钱": [], "张大妈": []}
    actors = [f"member:{town.person(name).id}" for name in ("小周", "王主任", "李书记")]
    assert await looks(town) == [(actor, "wish_photo:3") for actor in actors]
    kept = town.database.read_now(lambda uow: [uow.attachments.get(each.attachment)[:4] for each in names])
    assert kept == [b"\xff\xd8\xff\xe0", b"\x89PNG"]


def _photos(town: Town) -> tuple[Photo, ...]:
    """Without a trace: the transaction is given up."""
    found: list[Photo] = []

    def look(uow: UnitOfWork) -> None:
        found.extend(uow.photos.look(3, by="test"))
        raise LookupError

    with pytest.raises(LookupError):
        town.database.run_now(look)
    return tuple(found)


async def test_a_group_shows_no_photo_and_none_is_kept_from_one(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    assert (await send(town, "小孙", group=GROUP)).parts == ()
    assert (count(town), camera.asked) == (0, [])
    await send(town, "小孙")
    assert await images(town, "王主任", group=GROUP) == []
    assert await looks(town) == []


async def test_a_picture_without_a_delivery_is_not_fetched(town: Town, camera: Camera) -> None:
    assert (await send(town, "小孙")).plain() == engine.UNHEARD["picture"]
    await town.say("小孙", "/送达 3")
    for name in ("小周", "王主任", "张大妈"):
        assert (await send(town, name)).plain() == engine.UNHEARD["picture"]
    town.clock.advance(minutes=31)
    assert (await send(town, "小孙")).plain() == engine.UNHEARD["picture"]
    assert (count(town), camera.asked) == (0, [])


async def test_half_an_hour_later_and_after_the_confirmation_it_is_still_taken(
    town: Town, camera: Camera
) -> None:
    await town.say("小孙", "/送达 3")
    await town.say("小周", "/点亮 3")
    town.clock.advance(minutes=30)
    assert (await send(town, "小孙")).plain() == KEPT


async def test_what_was_found_missing_gets_no_photo(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    await town.say("小周", "/未达 3 没看到")
    assert (await send(town, "小孙")).plain() == engine.UNHEARD["picture"]


async def test_it_belongs_to_the_last_of_several_deliveries(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/认领 2")
    await town.say("小孙", "/送达 2")
    await town.say("小孙", "/送达 3")
    await send(town, "小孙")
    assert (count(town, 2), count(town, 3)) == (0, 1)


async def test_a_fourth_is_refused_before_it_is_fetched(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    for _ in range(3):
        assert (await send(town, "小孙")).plain() == KEPT
    assert (await send(town, "小孙")).plain() == "#3 已经有 3 张照片，够了，这一张没有留。"
    assert (count(town), len(camera.asked)) == (3, 3)


async def test_a_picture_delivered_again_is_one_photo(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    sender = str(town.person("小孙").id)
    update = Update("terminal", "same", sender, town.clock.now(), kind=Kind.PICTURE, media="jpg")
    first, again = await town.hear(update), await town.hear(replace(update, media="png"))
    assert (first, again.plain(), count(town)) == (again, KEPT, 1)


# -- not had -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (b"hello", engine.NOT_A_PICTURE),
        (TooLarge("over"), engine.PICTURE_TOO_LARGE),
        (OutcomeUnknown("lost"), engine.PICTURE_LOST),
    ],
)
async def test_what_cannot_be_had_is_said_and_can_be_sent_again(
    town: Town, camera: Camera, given: bytes | ChannelError, sentence: str
) -> None:
    await town.say("小孙", "/送达 3")
    camera.has["bad"] = given
    assert (await send(town, "小孙", "bad")).plain() == sentence
    assert count(town) == 0
    assert (await send(town, "小孙")).plain() == KEPT


async def test_a_slow_platform_is_not_waited_for(town: Town, camera: Camera) -> None:
    town.services[Pictures].patience = 0.01
    await town.say("小孙", "/送达 3")
    camera.slow = True
    assert (await send(town, "小孙")).plain() == engine.PICTURE_LOST
    assert count(town) == 0


# -- gone --------------------------------------------------------------------------------------------


async def test_photos_go_two_weeks_after_the_end(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    await send(town, "小孙")
    await town.say("小周", "/点亮 3")
    for days, left in ((13, 1), (2, 0)):
        town.clock.advance(days=days)
        await town.database.run(closing.wipe)
        assert count(town) == left
    assert await images(town, "王主任") == []


@pytest.mark.parametrize("name", ["小孙", "小周"])
async def test_photos_go_with_who_gave_them_and_with_who_logged(
    town: Town, camera: Camera, name: str
) -> None:
    await town.say("小孙", "/送达 3")
    await send(town, "小孙")
    assert (await town.say(name, "/隐去 确认"), count(town))[1] == 0


async def test_who_asks_for_all_that_is_held_is_told_of_photos(town: Town, camera: Camera) -> None:
    await town.say("小孙", "/送达 3")
    await send(town, "小孙")
    member = town.person("小孙")
    assert (await town.database.read(privacy.held, member))["wish_photo"] == 1
    rows = await town.database.run(lambda uow: privacy.copy(uow, member, actor="operator"))
    told = {row["item"] for row in rows if row["register"] == "wish_photo"}
    assert told == {"wish_no", "number", "key", "kind", "given_by", "given_at"}
    await town.database.run(lambda uow: privacy.erase(uow, member, actor="operator"))
    assert count(town) == 0
