"""The settings of the WeCom app: whole or absent, or a sentence that names what is wrong."""

import pytest
from pydantic import ValidationError

from bot.phrases import settings as say
from bot.settings import Settings

WHOLE = {
    "wecom_corp_id": "ww0123456789abcdef",
    "wecom_agent_id": "1000002",
    "wecom_secret": "s",
    "wecom_token": "t",
    "wecom_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
}


def read(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


ROBOT = {"wecom_aibot_id": "aib-1", "wecom_aibot_secret": "s"}


@pytest.mark.parametrize(
    ("values", "on"), [({}, False), (WHOLE, True), ({"wecom_corp_id": "ww0123456789abcdef", **ROBOT}, False)]
)
def test_the_app_is_on_when_its_settings_are_there(values: dict[str, str], on: bool) -> None:
    assert read(**values).wecom_app_on is on


@pytest.mark.parametrize("missing", WHOLE)
def test_half_an_app_is_refused(missing: str) -> None:
    values = {name: value for name, value in WHOLE.items() if name != missing}
    sentence = say.HALF_A_CHANNEL.format(channel=say.WECOM_APP, names=missing.upper())
    with pytest.raises(ValidationError, match=sentence):
        read(**values)


def test_a_corporation_alone_is_half_an_app() -> None:
    with pytest.raises(ValidationError, match="WECOM_AGENT_ID、WECOM_SECRET、WECOM_TOKEN、WECOM_AES_KEY"):
        read(wecom_corp_id="ww0123456789abcdef")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wecom_aes_key", "too short"),
        ("wecom_agent_id", "连心"),
        ("wecom_agent_id", "-1"),
        ("wecom_api_base", "qyapi"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        read(**{**WHOLE, name: value})


def test_no_secret_is_shown() -> None:
    shown = repr(read(**{**WHOLE, "wecom_secret": "very-secret", "wecom_token": "very-secret"}))
    assert "very-secret" not in shown
