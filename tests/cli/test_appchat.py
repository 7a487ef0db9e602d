"""`group add|set --members`: a group that the WeCom app makes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.channels import phrases as channels_say
from bot.phrases import cli as say
from storage.database import Database
from storage.groups import Group
from storage.outbox import Outgoing
from storage.uow import UnitOfWork
from tests.cli.conftest import Ran, Run
from tests.clock import FrozenClock
from tests.platform.appchat import CREATE
from tests.platform.faults import Fault
from tests.platform.wecom import WeComServer

SECRET = "secret-of-the-app"
ADD = ("group", "add", "永续社区工作群", "--place", "永续社区", "--channel", "wecom_app")


@pytest.fixture
async def server(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WeComServer]:
    """The corporation, and the settings of an app there; 王主任 and 小周 are bound to it."""
    server = WeComServer()
    server.add_app(secret=SECRET)
    for name, value in {
        "WECOM_CORP_ID": server.corp_id,
        "WECOM_AGENT_ID": "1000002",
        "WECOM_SECRET": SECRET,
        "WECOM_TOKEN": "token",
        "WECOM_AES_KEY": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
        "WECOM_API_BASE": await server.start(),
    }.items():
        monkeypatch.setenv(name, value)
    with opened(data_dir) as database:
        for name, userid in (("王主任", "wang"), ("小周", "zhou")):
            server.add_member(userid, name)
            database.run_now(_bind, name, userid, server.corp_id)
    yield server
    await server.stop()


@contextmanager
def opened(data_dir: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{data_dir / 'lianxin.db'}", FrozenClock().now)
    yield database
    database.close()


def _bind(uow: UnitOfWork, name: str, userid: str, corp_id: str) -> None:
    (member,) = uow.members.named(name)
    uow.members.open_account(member.id, "wecom_app", userid, corp_id)


def group_and_queue(data_dir: Path) -> tuple[Group, list[Outgoing]]:
    def read(uow: UnitOfWork) -> tuple[Group, list[Outgoing]]:
        group = uow.groups.named("永续社区工作群")
        rows = uow.outbox.with_ids(range(1, 1000)).values()
        return group, [row for row in rows if row.to.group_id == group.id]

    with opened(data_dir) as database:
        return database.read_now(read)


async def call(run: Run, *arguments: str) -> Ran:
    return await asyncio.to_thread(run, *arguments)


async def test_a_group_is_made_at_the_platform_and_greeted(
    run: Run, data_dir: Path, server: WeComServer
) -> None:
    ran = await call(run, *ADD, "--owner", "王主任", "--members", "小周、王主任")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, say.CHAT_MADE.format(name="永续社区工作群", count=2))
    (chat,) = server.chats.chats.values()
    assert (chat.name, chat.owner, chat.members) == ("永续社区工作群", "wang", ["wang", "zhou"])
    group, queue = group_and_queue(data_dir)
    assert group.external_id == chat.chat_id
    assert [say.CHAT_GREETING in row.body for row in queue] == [True]


async def test_a_lost_answer_makes_no_second_group(run: Run, data_dir: Path, server: WeComServer) -> None:
    server.inject(CREATE, Fault.ANSWER_LOST)
    ran = await call(run, *ADD, "--members", "小周,王主任")
    assert ran.code == 1
    ran = await call(run, "group", "set", "永续社区工作群", "--members", "小周,王主任")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, say.CHAT_STANDS.format(name="永续社区工作群"))
    assert len(server.chats.chats) == 1


async def test_a_group_that_is_refused_is_registered_and_can_be_made_later(
    run: Run, data_dir: Path, server: WeComServer
) -> None:
    server.refuse(CREATE, 48002)
    ran = await call(run, *ADD, "--members", "小周,王主任")
    assert (ran.code, channels_say.WECOM_NO_PERMISSION in ran.err) == (1, True)
    assert group_and_queue(data_dir)[0].external_id == ""
    ran = await call(run, "group", "set", "永续社区工作群", "--members", "小周,王主任")
    assert ran.code == 0
    assert len(server.chats.chats) == 1


async def test_a_dissolved_group_is_made_anew(run: Run, data_dir: Path, server: WeComServer) -> None:
    await call(run, *ADD, "--members", "小周,王主任")
    group, _ = group_and_queue(data_dir)
    server.chats.dissolve(group.external_id)
    with opened(data_dir) as database:
        database.run_now(lambda uow: uow.groups.set(group.id, removed_at=uow.now))
    ran = await call(run, "group", "set", "永续社区工作群", "--members", "小周,王主任")
    assert ran.code == 0
    again, _ = group_and_queue(data_dir)
    assert again.removed_at is None
    assert list(server.chats.chats) == [again.external_id] != [group.external_id]


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ("小周", say.CHAT_TOO_SMALL),
        ("小周,小周", say.CHAT_TOO_SMALL),
        ("小周,没这人", say.NO_SUCH_MEMBER.format(name="没这人")),
        ("小周,李书记", say.NOT_IN_WECOM.format(name="李书记")),
    ],
)
async def test_a_list_that_makes_no_group(run: Run, server: WeComServer, members: str, sentence: str) -> None:
    ran = await call(run, *ADD, "--members", members)
    assert (ran.code, sentence in ran.err) == (1, True)
    assert server.chats.chats == {}


def test_without_the_app_no_group_is_made(run: Run, data_dir: Path) -> None:
    ran = run(*ADD, "--members", "小周,王主任")
    assert (ran.code, say.CHAT_WITHOUT_APP in ran.err) == (1, True)
    ran = run("group", "set", "永续社区连心群", "--members", "小周,王主任")
    assert (ran.code, say.CHAT_NEEDS_APP in ran.err) == (1, True)
