"""The settings of the intelligent robot: one of two ways, whole, or a sentence that names what is wrong."""

import pytest
from pydantic import ValidationError

from bot.phrases import settings as say
from bot.settings import Settings

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CONNECTED = {"wecom_aibot_id": "BOT", "wecom_aibot_secret": "s"}
CALLED = {"wecom_aibot_token": "t", "wecom_aibot_aes_key": KEY}


def read(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "connects", "called"),
    [({}, False, False), (CONNECTED, True, False), (CALLED, False, True)],
)
def test_each_way_is_on_when_its_two_settings_are_there(
    values: dict[str, str], connects: bool, called: bool
) -> None:
    settings = read(**values)
    assert (settings.wecom_aibot_connects, settings.wecom_aibot_is_called) == (connects, called)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({**CONNECTED, **CALLED}, say.BOTH_WAYS),
        ({**CONNECTED, "wecom_aibot_token": "t"}, say.BOTH_WAYS),
        *(
            (
                {name: value for name, value in whole.items() if name != missing},
                say.HALF_A_CHANNEL.format(channel=say.WECOM_AIBOT, names=missing.upper()),
            )
            for whole in (CONNECTED, CALLED)
            for missing in whole
        ),
        ({**CALLED, "wecom_aibot_aes_key": "short"}, say.BAD_AES_KEY.format(name="WECOM_AIBOT_AES_KEY")),
        ({**CONNECTED, "wecom_aibot_ws_url": "https://example.org"}, say.BAD_WS_URL),
    ],
)
def test_anything_else_is_refused_with_the_sentence_that_names_it(
    values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**values)
    assert sentence in str(refused.value)


def test_the_name_is_read_with_or_without_its_at() -> None:
    assert [read(wecom_aibot_name=name).wecom_aibot_name for name in ("@连心 助手 ", "连心 助手")] == [
        "连心 助手"
    ] * 2


def test_no_secret_is_shown() -> None:
    shown = repr(read(**CONNECTED)) + repr(read(wecom_aibot_token="hidden-token", wecom_aibot_aes_key=KEY))
    assert "hidden-token" not in shown
    assert KEY not in shown
