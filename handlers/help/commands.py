"""Chat commands for help and feedback."""

from typing import Annotated

from bot.chat import phrases as engine
from bot.chat.command import Ask, Registry, command
from bot.chat.converters import OneWord
from bot.chat.permission import EVERYBODY, may
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from handlers.help import phrases
from storage.members import Member
from storage.uow import UnitOfWork


@command("帮助", "help", allow=EVERYBODY)
async def show_help(
    member: Member, chat: Chat, registry: Registry, name: Annotated[OneWord | None, "命令或类别"] = None
) -> Reply:
    """看看您在这里能办什么。

    示例:
        /帮助 心愿
        /帮助 微心愿
        /帮助
    """
    if name is None:
        return phrases.overview(registry.open_to(member), chat.private)
    found = registry.get(name.removeprefix("/"))
    if found is None:
        topic = phrases.of_topic(registry.open_to(member), name, chat.private)
        if topic is not None:
            return topic
        raise phrases.NoSuchCommand(name)
    if not may(member, found.allow):
        raise phrases.NotForYou(found)
    return phrases.one(found)


@command("取消", "cancel", allow=EVERYBODY)
async def leave(chat: Chat) -> Reply:
    """退出进行到一半的事。

    示例:
        /取消
    """
    return Reply.text(engine.LEFT if chat.waiting else engine.NOTHING_TO_LEAVE)


@command("反馈", "feedback", allow=EVERYBODY)
async def send_feedback(text: Annotated[str, "内容", Ask(phrases.ASK_FEEDBACK)], work: Work) -> Reply:
    """把意见转给负责的人。

    示例:
        /反馈 回答里的电话打不通
    """
    return await work(_keep, text).reply(lambda _: Reply.text(phrases.FEEDBACK_TAKEN))


@command("欢迎", "welcome", allow=EVERYBODY)
async def greet() -> Reply:
    """新关注时说的话。

    示例:
        /欢迎
    """
    return Reply.text(phrases.WELCOME)


def _keep(uow: UnitOfWork, text: str) -> None:
    uow.feedback.add("comment", text)
