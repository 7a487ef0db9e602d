"""`doctor` on the channels: credentials, the platform's list of our addresses, callbacks, clocks."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bot.cli import probe
from bot.cli.finding import Finding, Status
from bot.clock import Clock
from bot.phrases import cli as cli_say
from bot.phrases import doctor as say

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database

VERIFY_SECONDS: Final = 1.0
"""A platform's own test of our address waits as long (W90237)."""

ECHO_DIGITS: Final = 19
SKEW_NOTED: Final = 60
SKEW_WRONG: Final = 300
"""Seconds; beyond this a callback's timestamp is refused (`bot.channels.wire.callback`)."""

TRIAL_LEASE: Final = 3 * probe.PATIENCE
"""Seconds nobody else may connect the robot: to connect, to subscribe, to leave."""


def channel_findings(settings: "Settings", clock: Clock, database: "Database | None") -> Iterator[Finding]:
    """Every channel of the settings. `database`: None where there is none yet, and so no server."""
    yield wechat_finding(settings, clock)
    yield wecom_app_finding(settings, clock)
    yield aibot_finding(settings, clock, database)
    callbacks = list(_callbacks(settings, clock))
    for callback in callbacks:
        yield callback_finding(settings, callback)
    if not callbacks:
        yield public_finding(settings)
    yield skew_finding(_platforms(settings), clock)


def wechat_finding(settings: "Settings", clock: Clock) -> Finding:
    """Ask the platform for an access token: nothing else proves the credentials and the IP white list."""
    from bot.channels.wire.official_api import ask_for_token

    if not settings.wechat_on:
        return Finding("wechat", Status.OK, say.OFF.format(channel=say.WECHAT))
    secret = settings.wechat_app_secret.get_secret_value()
    asking = ask_for_token(
        settings.wechat_api_base, settings.wechat_app_id, secret, clock, patience=probe.PATIENCE
    )
    return _asked("wechat", say.WECHAT, asking, say.WECHAT_GOOD)


def wecom_app_finding(settings: "Settings", clock: Clock) -> Finding:
    """Ask for a token, and for the app itself: it proves the secret, the AgentId and the trusted address."""
    from bot.channels.wire.wecom_api import ask_for_token
    from bot.connections import wecom_app

    if not settings.wecom_app_on:
        return Finding("wecom_app", Status.OK, say.OFF.format(channel=say.WECOM_APP))
    channel = wecom_app(settings)
    asking = ask_for_token(channel.api_base, channel.app, clock, patience=probe.PATIENCE)
    return _asked("wecom_app", say.WECOM_APP, asking, say.WECOM_APP_GOOD)


def aibot_finding(settings: "Settings", clock: Clock, database: "Database | None") -> Finding:
    """Subscribe once, unless a server holds the connection: a second subscriber throws the first out."""
    from bot.channels.aibot_line import LEASE
    from bot.channels.wire.aibot_connection import Access, ask_to_subscribe
    from bot.connections import long_connection
    from storage.base import DatabaseFailed, reason

    name = "wecom_aibot"
    if settings.wecom_aibot_is_called:
        return Finding(name, Status.OK, say.AIBOT_CALLED)
    if not settings.wecom_aibot_connects:
        return Finding(name, Status.OK, say.OFF.format(channel=say.WECOM_AIBOT))
    ours = long_connection(settings)
    access = Access(ours.url, ours.bot_id, ours.secret)

    def ask() -> Finding:
        asking = ask_to_subscribe(access, clock, patience=probe.PATIENCE)
        return _asked(name, say.WECOM_AIBOT, asking, say.AIBOT_GOOD)

    if database is None:
        return ask()
    me = f"doctor:{clock.token(8).hex()}"
    try:
        fence = database.run_now(lambda uow: uow.leases.take(LEASE, me, seconds=TRIAL_LEASE))
        if fence is None:
            return _held(ours.url)
        try:
            return ask()
        finally:
            database.run_now(lambda uow: uow.leases.release(LEASE, fence))
    except DatabaseFailed as error:
        what = say.AIBOT_UNSURE.format(error=cli_say.database_failed(reason(error)))
        return Finding(name, Status.FAILED, what, say.DATABASE_CURE)


def _held(url: str) -> Finding:
    """A server has the connection to itself; whether it could have it from here is all that can be asked."""
    try:
        probe.get(probe.front_of(url))
    except probe.NoAnswer as error:
        what = say.AIBOT_FRONT_AWAY.format(host=urlsplit(url).netloc, error=error)
        return Finding("wecom_aibot", Status.WARNING, what, say.AIBOT_FRONT_CURE)
    return Finding("wecom_aibot", Status.OK, say.AIBOT_HELD)


def _asked(name: str, channel: str, asking: Coroutine[Any, Any, None], good: str) -> Finding:
    from bot.chat.errors import ChannelError

    try:
        asyncio.run(asking)
    except ChannelError as error:
        fault, cure = say.channel_fault(error.sentence)
        return Finding(name, Status.FAILED, say.BAD.format(channel=channel, fault=fault), cure)
    return Finding(name, Status.OK, good)


@dataclass(frozen=True, slots=True)
class Callback:
    """The test of an address as the platform makes it: what it asks, and what has to come back."""

    name: str
    channel: str
    path: str
    query: dict[str, str]
    echo: str


def _callbacks(settings: "Settings", clock: Clock) -> Iterator[Callback]:
    """One for each channel that the platform calls."""
    from bot.channels import official_account as wechat
    from bot.channels import wecom_aibot_url
    from bot.channels import wecom_app as app
    from bot.channels.wire.crypto import Envelope, Seal
    from bot.connections import official_account, url_mode, wecom_app

    def sealed(name: str, channel: str, path: str, envelope: Envelope) -> Callback:
        echo, moment = _echo(clock), _moment(clock)
        asked = envelope.encrypt(echo, clock.token(16))
        signature = envelope.sign(*moment.values(), asked)
        return Callback(name, channel, path, {"msg_signature": signature, **moment, "echostr": asked}, echo)

    if settings.wechat_on:
        echo, moment = _echo(clock), _moment(clock)
        signature = Seal(official_account(settings).token).sign(*moment.values())
        asked = {"signature": signature, **moment, "echostr": echo}
        yield Callback("wechat_callback", say.WECHAT, wechat.PATH, asked, echo)
    if settings.wecom_app_on:
        ours = wecom_app(settings)
        envelope = Envelope(ours.token, ours.aes_key, ours.app.corp_id)
        yield sealed("wecom_app_callback", say.WECOM_APP, app.PATH, envelope)
    if settings.wecom_aibot_is_called:
        robot = url_mode(settings)
        envelope = Envelope(robot.token, robot.aes_key, "")
        yield sealed("wecom_aibot_callback", say.WECOM_AIBOT, wecom_aibot_url.PATH, envelope)


def _moment(clock: Clock) -> dict[str, str]:
    return {"timestamp": str(int(clock.now().timestamp())), "nonce": clock.token(8).hex()}


def _echo(clock: Clock) -> str:
    return str(int.from_bytes(clock.token(8))).zfill(ECHO_DIGITS)[:ECHO_DIGITS]


def callback_finding(settings: "Settings", callback: Callback) -> Finding:
    """Test our address from outside, as the platform would."""
    name, channel = callback.name, callback.channel
    if not settings.bot_public_url:
        what = say.CALLBACK_NO_ADDRESS.format(channel=channel)
        return Finding(name, Status.WARNING, what, say.CALLBACK_NO_ADDRESS_CURE)
    url = settings.bot_public_url + callback.path
    behind = {"host": settings.bot_host, "port": settings.bot_port, "path": callback.path}
    try:
        got = probe.get(url, callback.query)
    except probe.NoAnswer as error:
        what = say.CALLBACK_AWAY.format(channel=channel, url=url, error=error)
        return Finding(name, Status.FAILED, what, say.CALLBACK_AWAY_CURE.format(**behind))
    if got.status == 200 and got.body == callback.echo:
        return _answered(callback, url, got)
    fault, cure = _strange(got)
    what = say.CALLBACK_STRANGE.format(channel=channel, url=url, fault=fault.format(status=got.status))
    return Finding(name, Status.FAILED, what, cure.format(**behind))


def _answered(callback: Callback, url: str, got: probe.Got) -> Finding:
    facts = {"channel": callback.channel, "url": url, "seconds": got.seconds}
    if got.seconds > VERIFY_SECONDS:
        return Finding(
            callback.name, Status.WARNING, say.CALLBACK_SLOW.format(**facts), say.CALLBACK_SLOW_CURE
        )
    if urlsplit(url).scheme != "https":
        return Finding(
            callback.name, Status.WARNING, say.CALLBACK_PLAIN.format(**facts), say.CALLBACK_PLAIN_CURE
        )
    return Finding(callback.name, Status.OK, say.CALLBACK_GOOD.format(**facts))


def _strange(got: probe.Got) -> tuple[str, str]:
    """What an answer that is not the echo says of who gave it, and the cure."""
    match got.status:
        case 403 if got.body == "Forbidden.":
            return say.HOUSE_REFUSES, say.HOUSE_REFUSES_CURE
        case 404:
            return say.NOT_FOUND, say.NOT_FOUND_CURE
        case 502 | 503 | 504:
            return say.NOBODY_BEHIND, say.NOBODY_BEHIND_CURE
        case status if 300 <= status < 400:
            return say.REDIRECTED, say.REDIRECTED_CURE
        case _:
            return say.OTHER_PROGRAM, say.OTHER_PROGRAM_CURE


def public_finding(settings: "Settings") -> Finding:
    """Where no platform calls us: whether the public address leads here all the same."""
    url = settings.bot_public_url
    if not url:
        return Finding("public_url", Status.OK, say.PUBLIC_OFF)
    cure = say.PUBLIC_CURE.format(host=settings.bot_host, port=settings.bot_port)
    try:
        ours = probe.is_ours(url)
    except probe.NoAnswer as error:
        what = say.PUBLIC_BAD.format(url=url, error=error)
        return Finding("public_url", Status.FAILED, what, cure)
    if not ours:
        return Finding("public_url", Status.FAILED, say.PUBLIC_OTHER.format(url=url), cure)
    return Finding("public_url", Status.OK, say.PUBLIC_GOOD.format(url=url))


def _platforms(settings: "Settings") -> list[str]:
    """Where the platforms of the channels that are on can be asked for the time."""
    from bot.channels.wire.wecom_api import DEFAULT_BASE

    robot = [probe.front_of(settings.wecom_aibot_ws_url)] if settings.wecom_aibot_connects else []
    called = [DEFAULT_BASE] if settings.wecom_aibot_is_called and not settings.wecom_app_on else []
    app = [settings.wecom_api_base] if settings.wecom_app_on else []
    account = [settings.wechat_api_base] if settings.wechat_on else []
    return [*account, *app, *robot, *called]


def skew_finding(platforms: list[str], clock: Clock) -> Finding:
    """Our clock against the `Date` of the first platform that answers."""
    name = "clock_skew"
    if not platforms:
        return Finding(name, Status.OK, say.SKEW_NONE)
    for platform in platforms:
        asked = clock.now()
        try:
            date = probe.get(platform).date
        except probe.NoAnswer:
            continue
        if date is None:
            continue
        # The platform's clock was read between our two looks at ours.
        ahead = (asked + (clock.now() - asked) / 2 - date).total_seconds()
        seconds = round(abs(ahead))
        if seconds <= SKEW_NOTED:
            return Finding(name, Status.OK, say.SKEW_GOOD)
        way = say.FAST if ahead > 0 else say.SLOW
        if seconds <= SKEW_WRONG:
            what = say.SKEW_SOME.format(way=way, seconds=seconds)
            return Finding(name, Status.WARNING, what, say.SKEW_CURE)
        return Finding(name, Status.FAILED, say.SKEW_BAD.format(way=way, seconds=seconds), say.SKEW_CURE)
    return Finding(name, Status.WARNING, say.SKEW_UNASKED)
