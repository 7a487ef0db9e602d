"""Connections: which channels are on, read from the settings. A new channel is one function and one line here."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.group_robot import GroupRobot
from bot.channels.official_account import Mode, OfficialAccount, OfficialAccountSettings
from bot.channels.official_account_notice import Notice
from bot.channels.wecom_aibot import LongConnection, WecomAibot
from bot.channels.wecom_aibot_url import UrlMode, WecomAibotUrl
from bot.channels.wecom_app import WecomApp, WecomAppSettings
from bot.channels.wire.wecom_api import AppIdentity
from bot.chat.channel import Alarm, Answering, Channel, Pacing
from bot.clock import Clock
from bot.settings import Settings
from storage.database import Database


@dataclass(frozen=True, slots=True)
class House:
    """What a channel may need of the rest."""

    settings: Settings
    answering: Answering
    database: Database
    clock: Clock
    pacing: Pacing
    alarm: Alarm


def official_account(settings: Settings) -> OfficialAccountSettings:
    """What the channel needs to know of the settings."""
    return OfficialAccountSettings(
        settings.wechat_app_id,
        settings.wechat_app_secret.get_secret_value(),
        settings.wechat_token.get_secret_value(),
        settings.wechat_aes_key.get_secret_value(),
        Mode(settings.wechat_mode.value),
        settings.wechat_api_base,
        settings.bot_public_url,
        subscribed=Notice.read(settings.wechat_subscribe_notice),
        template=Notice.read(settings.wechat_template_notice),
    )


def wecom_app(settings: Settings) -> WecomAppSettings:
    """The app's settings, as its channel takes them."""
    app = AppIdentity(
        settings.wecom_corp_id, int(settings.wecom_agent_id), settings.wecom_secret.get_secret_value()
    )
    return WecomAppSettings(
        app,
        settings.wecom_token.get_secret_value(),
        settings.wecom_aes_key.get_secret_value(),
        settings.wecom_api_base,
        settings.bot_public_url,
    )


def long_connection(settings: Settings) -> LongConnection:
    """The intelligent robot's settings, as its channel takes them."""
    return LongConnection(
        settings.wecom_aibot_id,
        settings.wecom_aibot_secret.get_secret_value(),
        settings.wecom_aibot_ws_url,
        settings.wecom_aibot_name,
        settings.wecom_corp_id,
    )


def url_mode(settings: Settings) -> UrlMode:
    """The same for a robot in URL mode."""
    return UrlMode(
        settings.wecom_aibot_token.get_secret_value(),
        settings.wecom_aibot_aes_key.get_secret_value(),
        settings.wecom_aibot_name,
        settings.wecom_corp_id,
    )


def _official_account(house: House) -> Channel | None:
    if not house.settings.wechat_on:
        return None
    return OfficialAccount(
        official_account(house.settings),
        house.answering,
        database=house.database,
        clock=house.clock,
        alarm=house.alarm,
    )


def _wecom_app(house: House) -> Channel | None:
    if not house.settings.wecom_app_on:
        return None
    return WecomApp(
        wecom_app(house.settings),
        house.answering,
        database=house.database,
        clock=house.clock,
        alarm=house.alarm,
    )


def _robot_that_connects(house: House) -> Channel | None:
    if not house.settings.wecom_aibot_connects:
        return None
    return WecomAibot(
        long_connection(house.settings),
        house.answering,
        database=house.database,
        clock=house.clock,
        pacing=house.pacing,
        alarm=house.alarm,
    )


def _robot_that_is_called(house: House) -> Channel | None:
    if not house.settings.wecom_aibot_is_called:
        return None
    return WecomAibotUrl(
        url_mode(house.settings),
        house.answering,
        database=house.database,
        clock=house.clock,
        pacing=house.pacing,
    )


def _group_robot(house: House) -> Channel:
    """Always on: whether a group has a webhook stands in the group's record."""
    return GroupRobot(house.database, house.clock)


CHANNELS: tuple[Callable[[House], Channel | None], ...] = (
    _official_account,
    _wecom_app,
    _robot_that_connects,
    _robot_that_is_called,
    _group_robot,
)
