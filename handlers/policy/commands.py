"""Chat commands for policy questions."""

import asyncio
import re
from functools import partial
from typing import Annotated

from bot.chat.command import Ask, command
from bot.chat.converters import OneWord
from bot.chat.dispatcher import Picker
from bot.chat.permission import EVERYBODY, Of, everybody, only
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.clock import Clock
from handlers.policy import keeper, phrases, use_cases
from handlers.policy.follow_up import take
from handlers.policy.library import Library
from handlers.policy.local import entry
from handlers.policy.local import phrases as local_say
from knowledge.folding import article_name
from storage.database import Database
from storage.members import Member

MAY_KEEP = only(*keeper.KEEPERS, of=Of.ALL)

SOON = 1.0
"""Seconds an answer to a keeper waits for the index, so that what they try next finds their answer."""


@command("问", "ask", allow=EVERYBODY)
async def ask(
    question: Annotated[str, "问题", Ask(phrases.ASK_QUESTION)],
    member: Member,
    chat: Chat,
    clock: Clock,
    library: Library,
    work: Work,
) -> Reply:
    """问政策，回答写明依据哪份文件第几条。

    示例:
        /问 低保怎么申请
    """
    region, before = await work.read(use_cases.background, by=member, chat=chat)
    answer = partial(library.answer, region=region, on=clock.now().date())
    taken = await asyncio.to_thread(take, answer, question, before)
    noting = work(use_cases.note, taken, library.searcher.lexicon, by=member, chat=chat)
    say = phrases.replied_aside if chat.aside else partial(phrases.replied, private=chat.private)
    return await noting.reply(lambda noted: say(noted).published())


@command("条文", "article", allow=EVERYBODY)
async def show_article(
    document: Annotated[OneWord, "文件"],
    library: Library,
    clock: Clock,
    article: Annotated[str | None, "条"] = None,
) -> Reply:
    """看某个文件的某一条原文。

    示例:
        /条文 社会救助暂行办法 第九条
        /条文 土地管理法 62
    """
    title, number = _split(document, article)
    hit = await asyncio.to_thread(library.article, title, number, clock.now().date())
    if hit is None:
        raise phrases.NoSuchArticle(title, number)
    return phrases.article(hit).published()


@command("详情", "more", allow=EVERYBODY)
async def show_more(number: Annotated[int, "序号"], picker: Picker) -> Reply:
    """看上一份列表里第几项的全文。

    示例:
        /详情 2
    """
    return await picker(number)


@command("有用", "useful", allow=everybody(Of.OWN))
async def was_useful(member: Member, chat: Chat, work: Work) -> Reply:
    """告诉我上一条回答有用。

    示例:
        /有用
    """
    rating = work(use_cases.rate, "useful", by=member, chat=chat)
    return await rating.reply(
        lambda known: Reply.text(phrases.THANKS_USEFUL if known else phrases.NO_LAST_ANSWER)
    )


@command("没用", "useless", allow=everybody(Of.OWN))
async def was_useless(member: Member, chat: Chat, work: Work) -> Reply:
    """告诉我上一条回答没用，会请人核对。

    示例:
        /没用
    """
    rating = work(use_cases.rate, "useless", by=member, chat=chat)
    return await rating.reply(
        lambda known: Reply.text(phrases.THANKS_USELESS if known else phrases.NO_LAST_ANSWER)
    )


@command("待答", "queue", allow=MAY_KEEP)
async def show_queue(chat: Chat, clock: Clock, work: Work, no: Annotated[int | None, "编号"] = None) -> Reply:
    """看没答上和没用的问题，问得多的在前。

    示例:
        /待答
        /待答 7
    """
    if no is None:
        waiting, count = await work.read(keeper.queue)
        return phrases.queue(waiting, count, private=chat.private)
    asked, card = await work.read(keeper.shown, no)
    return phrases.question(asked, card, clock.zone)


@command("答复", "answer", allow=MAY_KEEP)
async def answer_question(
    no: Annotated[int, "编号"],
    text: Annotated[str, "内容", Ask(phrases.ASK_ANSWER)],
    member: Member,
    library: Library,
    work: Work,
) -> Reply:
    """答复一个问题：入库，以后都这样答，并告诉问的人。

    示例:
        /答复 7 路灯坏了报社区，由社区请人来修。
        /答复 7 带上证件去办。去哪办：社区 带什么：身份证 几天：三天 适用：各地 依据《社会救助暂行办法》第九条
        /答复 7 同 3
    """
    same = keeper.same_as(text)
    if same is not None:
        card = await asyncio.to_thread(library.card, same)
        joining = work(keeper.join, no, same, card, by=member)
        reply = await joining.reply(lambda kept: phrases.joined(kept.no, same, kept.told, kept.places))
    else:
        given = keeper.written(text)
        law = await asyncio.to_thread(library.article, given.law, given.article) if given.law else None
        answering = work(keeper.answer, no, given, law, by=member)
        reply = await answering.reply(
            lambda kept: phrases.answer_kept(
                kept.no, kept.told, kept.again, kept.unknown, places=kept.places, said=kept.said
            )
        )
    await _in_force(library, work.database)
    return reply


@command("不答", "drop", allow=MAY_KEEP)
async def drop_question(
    no: Annotated[int, "编号"],
    reason: Annotated[str, "原因", Ask(phrases.ASK_WHY_NOT)],
    member: Member,
    library: Library,
    work: Work,
) -> Reply:
    """不答一个问题，原因会告诉问的人；答过的一并撤下。

    示例:
        /不答 7 不是政策上的事
    """
    dropping = work(keeper.drop, no, reason, by=member)
    reply = await dropping.reply(lambda kept: phrases.dropped(kept.no, kept.told, kept.again, kept.reopened))
    await _in_force(library, work.database)
    return reply


@command("本地标准", "local", allow=only(*keeper.KEEPERS))
async def local_standard(
    member: Member, library: Library, work: Work, text: Annotated[str | None, "内容"] = None
) -> Reply:
    """登记本地的数额（低保标准、高龄津贴等），答的时候照它说。

    示例:
        /本地标准 农村低保标准 每人每月760元 依据《低保标准通知》2025年7月1日
        /本地标准
        /本地标准 高龄津贴80-89岁 每月100元 依据《高龄津贴办法》2024-01-01 地方：清河镇
        /本地标准 删除 3
    """
    if text is None:
        found, today = await work.read(entry.listed, member)
        return local_say.values(found, today)
    if (gone := entry.removal(text)) is not None:
        removing = work(entry.remove, gone, actor=f"member:{member.id}", by=member)
        return await removing.reply(local_say.value_removed)
    said = entry.said_value(text)
    known = any(name in said.what for name in library.searcher.lexicon.figures)
    entering = work(entry.enter_as, said, by=member)
    return await entering.reply(lambda kept: local_say.value_kept(kept[0], kept[1] is not None, known))


@command("原文", "passage", allow=EVERYBODY)
async def show_passage(passage: Annotated[OneWord, "编号"], library: Library, clock: Clock) -> Reply:
    """打开列表里的一条原文。

    示例:
        /原文 0a1b2c3d4e
    """
    hit = await asyncio.to_thread(partial(library.searcher.passage, passage, on=clock.now().date()))
    if hit is None:
        raise phrases.NoSuchPassage
    return phrases.article(hit).published()


async def _in_force(library: Library, database: Database) -> None:
    """Let this process see what was just written; when the index is busy, the next look will."""
    catching_up = asyncio.create_task(asyncio.to_thread(library.catch_up, database))
    await asyncio.wait([catching_up], timeout=SOON)


def _split(document: str, article: str | None) -> tuple[str, str]:
    """Title and article as laws write them; both may stand in one word: 《土地管理法》第62条."""
    if article is None:
        glued = re.fullmatch(
            r"《?(.+?)》?(第?[0-9零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十0-9]+)?|[0-9]+)",
            document,
        )
        if glued is None:
            raise phrases.which_article()
        document, article = glued[1], glued[2]
    name = article_name(article)
    if name is None:
        raise phrases.which_article()
    return document.strip("《》"), name
