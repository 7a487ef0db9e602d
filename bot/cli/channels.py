"""`channel`: what has to be set up at a platform, and what other commands ask of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from bot.cli.session import Failure, Office, office, out
from bot.phrases import cli as say

if TYPE_CHECKING:
    from bot.channels.wire.official_api import OfficialApi

T = TypeVar("T")

app = typer.Typer(help=say.CHANNEL, no_args_is_help=True)


@app.command("menu", help=say.CHANNEL_MENU)
def menu() -> None:
    """Put our menu under the Official Account's chat, in place of the one that is there."""
    from bot.channels.phrases import OFFICIAL_MENU

    with office() as desk:
        ask_official(desk, lambda api: api.create_menu(OFFICIAL_MENU))
    out(say.MENU_MADE)


def ask_official(desk: Office, ask: Callable[["OfficialApi"], Awaitable[T]]) -> T:
    """What the Official Account's API answers. A `ChannelError` is told in its sentence (`office`)."""
    from bot.alarm import OperatorAlarm
    from bot.channels.wire.official_api import OfficialApi

    settings = desk.settings
    need_official(desk)

    async def asked() -> T:
        api = OfficialApi(
            settings.wechat_api_base,
            settings.wechat_app_id,
            settings.wechat_app_secret.get_secret_value(),
            database=desk.database,
            clock=desk.clock,
            alarm=OperatorAlarm(desk.database),
        )
        try:
            return await ask(api)
        finally:
            await api.close()

    return asyncio.run(asked())


def need_official(desk: Office) -> None:
    """Raises `Failure` where no Official Account is set up."""
    if not desk.settings.wechat_on:
        raise Failure(say.NO_OFFICIAL_ACCOUNT)
