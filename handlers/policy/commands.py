"""Chat commands for policy questions."""

import asyncio
import re
from typing import Annotated

from bot.chat.command import Ask, command
from bot.chat.converters import OneWord
from bot.chat.dispatcher import Picker
from bot.chat.reply import Reply
from bot.chat.turn import Chat
from bot.chat.work import Work
from bot.clock import Clock
from handlers.policy import phrases, use_cases
from handlers.policy.library import Library
from knowledge.folding import article_name
from storage.members import Member


@command("问", "ask")
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
    region = await work.read(use_cases.region, chat)
    answer = await asyncio.to_thread(library.answerer.answer, question, region, clock.now().date())
    return await work(use_cases.note, question, answer, by=member, chat=chat).reply(
        lambda found: phrases.answered(found, private=chat.private)
    )


@command("条文", "article")
async def show_article(
    document: Annotated[OneWord, "文件"],
    library: Library,
    article: Annotated[str | None, "条"] = None,
) -> Reply:
    """看某个文件的某一条原文。

    示例:
        /条文 社会救助暂行办法 第九条
        /条文 土地管理法 62
    """
    title, number = _split(document, article)
    hit = await asyncio.to_thread(library.article, title, number)
    if hit is None:
        raise phrases.NoSuchArticle(title, number)
    return phrases.article(hit)


@command("详情", "more")
async def show_more(number: Annotated[int, "序号"], picker: Picker) -> Reply:
    """看上一份列表里第几项的全文。

    示例:
        /详情 2
    """
    return await picker(number)


@command("有用", "useful")
async def was_useful(member: Member, chat: Chat, work: Work) -> Reply:
    """告诉我上一条回答有用。

    示例:
        /有用
    """
    rating = work(use_cases.rate, "useful", by=member, chat=chat)
    return await rating.reply(
        lambda known: Reply.text(phrases.THANKS_USEFUL if known else phrases.NO_LAST_ANSWER)
    )


@command("没用", "useless")
async def was_useless(member: Member, chat: Chat, work: Work) -> Reply:
    """告诉我上一条回答没用，会请人核对。

    示例:
        /没用
    """
    rating = work(use_cases.rate, "useless", by=member, chat=chat)
    return await rating.reply(
        lambda known: Reply.text(phrases.THANKS_USELESS if known else phrases.NO_LAST_ANSWER)
    )


@command("原文", "passage")
async def show_passage(passage: Annotated[OneWord, "编号"], library: Library) -> Reply:
    """打开列表里的一条原文。

    示例:
        /原文 0a1b2c3d4e
    """
    hit = await asyncio.to_thread(library.searcher.passage, passage)
    if hit is None:
        raise phrases.NoSuchPassage
    return phrases.article(hit)


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
