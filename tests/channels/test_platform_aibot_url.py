"""The imitated URL mode is itself checked: against wechatpy as an independent receiver, and against the vectors."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.platform import aibot_forms as forms
from tests.platform.aibot_address import Address, Told, saying
from tests.platform.aibot_url import AibotUrlPlatform
from tests.platform.clock import StandingClock
from tests.platform.faults import Fault
from tests.platform.seal import Sealer, signature

VECTORS = Path(__file__).parents[3] / "shared" / "protocol" / "vectors.json"
GROUP = "wrAAAA"
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "微心愿 42"},
    "button_list": [{"text": "认领", "key": "claim:42"}],
    "task_id": "wish_42_v1",
}
NOTICE: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "已认领"},
    "card_action": {"type": 1, "url": "https://example.org"},
    "task_id": "wish_42_v1",
}


def stream(content: str, *, finish: bool = True, number: str = "st-1", **fields: Any) -> Told:
    return {"msgtype": "stream", "stream": {"id": number, "finish": finish, "content": content, **fields}}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def platform(clock: StandingClock) -> AsyncIterator[AibotUrlPlatform]:
    platform = AibotUrlPlatform(clock, patience=2.0)
    platform.chats.add_group(GROUP, "lihua", "wangwu")
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
async def address(platform: AibotUrlPlatform) -> AsyncIterator[Address]:
    address = Address(platform.robot)
    await address.start()
    yield address
    await address.stop()


# -- vectors -----------------------------------------------------------------------------------------


def vectors(group: str) -> list[Any]:
    if not VECTORS.exists():
        absent = pytest.mark.skip(reason=f"public vectors are not on this machine: {VECTORS}")
        return [pytest.param(None, marks=absent, id=group)]
    found = [
        vector for vector in json.loads(VECTORS.read_text())[group] if vector["platform"] == "wecom_aibot"
    ]
    assert found
    return [pytest.param(vector, id=vector["id"]) for vector in found]


@pytest.mark.parametrize("vector", vectors("crypto"))
def test_the_vectors_for_robots(vector: dict[str, str]) -> None:
    sealer = Sealer(vector["encoding_aes_key"], vector["receive_id"])
    random16 = bytes.fromhex(vector["random16_hex"])
    assert sealer.seal(vector["plaintext"], random16) == vector["ciphertext"]
    assert sealer.open(vector["ciphertext"]) == vector["plaintext"]
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["ciphertext"])
    assert signature(*parts) == vector["msg_signature"]


def test_the_large_vector() -> None:
    if not VECTORS.exists():
        pytest.skip(f"public vectors are not on this machine: {VECTORS}")
    vector = json.loads(VECTORS.read_text())["crypto_large"]
    sealed = Sealer(vector["encoding_aes_key"], "").seal("政策" * 3413, bytes.fromhex(vector["random16_hex"]))
    assert hashlib.sha256(sealed.encode()).hexdigest() == vector["ciphertext_sha256"]
    parts = (vector["token"], vector["timestamp"], vector["nonce"], sealed)
    assert signature(*parts) == vector["msg_signature"]


@pytest.mark.parametrize("vector", vectors("crypto_reject"))
def test_the_vectors_nobody_may_accept(vector: dict[str, str]) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["ciphertext"])
    if vector["expect"] == "reject_signature":
        assert signature(*parts) != vector["msg_signature"]
        return
    assert signature(*parts) == vector["msg_signature"]
    with pytest.raises(ValueError):
        Sealer(vector["encoding_aes_key"], vector["receive_id"]).open(vector["ciphertext"])


# -- the address -------------------------------------------------------------------------------------


async def test_an_address_is_verified_within_a_second(platform: AibotUrlPlatform, address: Address) -> None:
    assert await platform.verify_url(address.url)
    platform.verify_patience, address.verification_seconds = 0.1, 0.5
    assert not await platform.verify_url(address.url)
    assert AibotUrlPlatform().verify_patience == 1.0


# -- messages ----------------------------------------------------------------------------------------


async def test_a_stream_is_polled_until_it_is_finished(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying(
        stream("", finish=False), stream("低保", finish=False), None, stream("低保申请条件……")
    )
    talk = await platform.converse(address.url, platform.people.say("lihua", "/查 低保", GROUP))
    assert (talk.contents, talk.polls, talk.finished, talk.fault) == (
        ["", "低保", "低保申请条件……"],
        3,
        True,
        None,
    )
    assert platform.ledger.contents(GROUP) == ["低保申请条件……"]
    first, *polls = address.told
    sender = {"aibotid": "AIBOTID", "chatid": GROUP, "chattype": "group", "from": {"userid": "lihua"}}
    response_url = first.pop("response_url")
    assert response_url.endswith("/cgi-bin/aibot/response?response_code=RC1")
    assert first == {
        "msgid": "M1",
        **sender,
        "msgtype": "text",
        "text": {"content": "@连心 村务助手 /查 低保"},
    }
    assert polls == [
        {"msgid": f"P{number}", **sender, "msgtype": "stream", "stream": {"id": "st-1"}}
        for number in (1, 2, 3)
    ]


async def test_a_poll_that_fails_is_followed_by_another(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying(stream("等", finish=False), 500, stream("好"))
    talk = await platform.converse(address.url, platform.people.say("wangwu", "在吗"))
    assert (talk.contents, talk.polls, talk.finished, talk.fault) == (["等", "好"], 2, True, None)


async def test_polling_ends_after_six_minutes(
    platform: AibotUrlPlatform, address: Address, clock: StandingClock
) -> None:
    address.answer = saying(stream("等", finish=False))
    talk = await platform.converse(address.url, platform.people.say("wangwu", "在吗"), every=60.0, pause=0.0)
    assert (talk.polls, talk.finished, talk.fault) == (
        6,
        False,
        "the stream was not finished within six minutes",
    )


async def test_silence_and_cards_are_answers_too(platform: AibotUrlPlatform, address: Address) -> None:
    talk = await platform.converse(address.url, platform.people.say("wangwu", "在吗"))
    assert (talk.contents, talk.polls, talk.finished, talk.fault) == ([], 0, False, None)
    address.answer = saying({"msgtype": "template_card", "template_card": CARD})
    talk = await platform.converse(address.url, platform.people.say("wangwu", "心愿"))
    assert (talk.contents, talk.polls, talk.fault) == ([], 0, None)
    assert platform.ledger.contents("wangwu") == [json.dumps(CARD, ensure_ascii=False)]


async def test_a_message_is_posted_three_times_at_most(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying(500)
    outcome = await platform.tell(address.url, platform.people.say("wangwu", "在吗"))
    assert (len(outcome.attempts), outcome.fault) == (3, "no answer with HTTP 200")
    assert [told["msgid"] for told in address.told] == ["M1"] * 3


@pytest.mark.parametrize(
    "answer",
    [
        "success",
        "[]",
        {"msgtype": "text", "text": {"content": "在的"}},
        {"msgtype": "markdown", "markdown": {"content": "在的"}},
        stream("字" * 6827),
        stream(""),
        stream("在", colour="red"),
        stream(
            "在", finish=False, msg_item=[{"msgtype": "image", "image": {"base64": "eA==", "md5": "0" * 32}}]
        ),
        {"msgtype": "stream", "stream": {"finish": True, "content": "在的"}},
        {"msgtype": "template_card", "template_card": {"card_type": "text_notice"}},
    ],
)
async def test_answers_no_person_would_see(platform: AibotUrlPlatform, address: Address, answer: Any) -> None:
    address.answer = saying(answer)
    talk = await platform.converse(address.url, platform.people.say("wangwu", "在吗"))
    assert talk.fault is not None
    assert (talk.contents, platform.ledger.delivered()) == ([], [])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"timestamp": "1795390000"}, None),
        ({"timestamp": "soon"}, "timestamp: not a number of seconds"),
        ({"timestamp": True}, "timestamp: not a number of seconds"),
        ({"timestamp": 1795390001}, "the answer's signature is wrong"),
        ({"nonce": "another"}, "nonce: not the one of the request"),
        ({"msgsignature": "0" * 40}, "the answer's signature is wrong"),
        ({"colour": "red"}, "colour: an unknown field"),
        ({"encrypt": 1}, "encrypt: not of type str"),
    ],
)
async def test_envelopes(
    platform: AibotUrlPlatform, address: Address, changes: dict[str, Any], fault: str | None
) -> None:
    address.answer, address.changes = saying(stream("在的")), changes
    outcome = await platform.tell(address.url, platform.people.say("wangwu", "在吗"))
    assert (outcome.fault, outcome.text) == (fault, None if fault else "在的")


async def test_an_answer_to_a_poll_is_of_the_same_stream(
    platform: AibotUrlPlatform, address: Address
) -> None:
    address.answer = saying(stream("等", finish=False), stream("好", number="st-2"))
    talk = await platform.converse(address.url, platform.people.say("wangwu", "在吗"))
    assert talk.fault == "the answer to a poll is of another stream"


async def test_the_limits_of_a_chat_hold_here_too(platform: AibotUrlPlatform, address: Address) -> None:
    for number in range(30):
        address.answer = saying(stream("在", number=f"s{number}"))
        assert (await platform.tell(address.url, platform.people.say("wangwu", "在吗"))).fault is None
    address.answer = saying(stream("在", number="one more"))
    assert (await platform.tell(address.url, platform.people.say("wangwu", "在吗"))).fault == (
        "api freq out of limit"
    )
    assert len(platform.ledger.over_limits()) == 1


async def test_copies_of_one_message_are_signed_anew(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying(stream("在的"))
    callback = platform.people.say("wangwu", "在吗")
    outcomes = await platform.deliver_at_once(address.url, platform.written(callback), 3)
    assert [outcome.text for outcome in outcomes] == ["在的"] * 3
    assert address.told[0] == address.told[1] == address.told[2]
    assert platform.ledger.entries == []


# -- events ------------------------------------------------------------------------------------------


async def test_a_first_visit_is_greeted_once(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying({"msgtype": "text", "text": {"content": "您好"}})
    enter = platform.people.enter("wangwu")
    assert enter is not None
    assert (await platform.tell(address.url, enter)).text == "您好"
    assert platform.ledger.contents("wangwu") == ["您好"]
    assert "response_url" not in address.told[0]


async def test_an_event_is_not_posted_again(platform: AibotUrlPlatform, address: Address) -> None:
    address.answer = saying(500)
    enter = platform.people.enter("wangwu")
    assert enter is not None
    outcome = await platform.tell(address.url, enter)
    assert (len(outcome.attempts), outcome.fault) == (1, "no answer with HTTP 200")


@pytest.mark.parametrize(("flat", "task_field"), [(False, "task_id"), (True, "task_id"), (True, "taskid")])
async def test_a_press_on_a_card_changes_it(
    platform: AibotUrlPlatform, address: Address, flat: bool, task_field: str
) -> None:
    address.answer = saying(
        {"msgtype": "template_card", "template_card": CARD},
        {"response_type": "update_template_card", "template_card": NOTICE},
    )
    await platform.tell(address.url, platform.people.say("lihua", "心愿", GROUP))
    press = platform.people.click("wangwu", "wish_42_v1", "claim:42", flat=flat, task_field=task_field)
    assert (await platform.tell(address.url, press)).fault is None
    assert platform.ledger.contents(GROUP) == [json.dumps(NOTICE, ensure_ascii=False)]
    assert "response_url" in address.told[1]


async def test_an_update_of_another_card_is_none(platform: AibotUrlPlatform, address: Address) -> None:
    other = {**NOTICE, "task_id": "wish_43_v1"}
    address.answer = saying(
        {"msgtype": "template_card", "template_card": CARD},
        {"response_type": "update_template_card", "template_card": other},
    )
    await platform.tell(address.url, platform.people.say("lihua", "心愿", GROUP))
    outcome = await platform.tell(address.url, platform.people.click("wangwu", "wish_42_v1", "claim:42"))
    assert outcome.fault == "template_card.task_id: not the one of the event"


# -- response_url ------------------------------------------------------------------------------------


async def respond(url: str, body: Any) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return int((await response.json(content_type=None))["errcode"])


@pytest.mark.parametrize(("seconds", "expected"), [(3599.0, 0), (3600.0, forms.BAD_PARAMETER)])
async def test_a_response_url_is_good_for_an_hour(
    platform: AibotUrlPlatform, clock: StandingClock, seconds: float, expected: int
) -> None:
    url = platform.response_url(platform.people.say("lihua", "在吗", GROUP))
    clock.advance(seconds)
    assert await respond(url, {"msgtype": "markdown", "markdown": {"content": "在的"}}) == expected
    assert platform.ledger.contents(GROUP) == ([] if expected else ["在的"])


async def test_a_response_url_is_good_for_one_message(platform: AibotUrlPlatform) -> None:
    body = {"msgtype": "markdown", "markdown": {"content": "在的"}}
    url = platform.response_url(platform.people.say("lihua", "在吗", GROUP))
    too_long = {"msgtype": "markdown", "markdown": {"content": "字" * 6827}}
    codes = [await respond(url, message) for message in (too_long, stream("在的"), body, body)]
    assert codes == [forms.TOO_LONG, forms.BAD_KIND, 0, forms.BAD_PARAMETER]
    assert platform.ledger.contents(GROUP) == ["在的"]
    assert [entry.code for entry in platform.ledger.refused()] == [
        forms.TOO_LONG,
        forms.BAD_KIND,
        forms.BAD_PARAMETER,
    ]


async def test_an_answer_of_the_response_url_can_get_lost(platform: AibotUrlPlatform) -> None:
    platform.api.inject("/cgi-bin/aibot/response", Fault.ANSWER_LOST)
    url = platform.response_url(platform.people.say("wangwu", "在吗"))
    body = {"msgtype": "template_card", "template_card": CARD}
    with pytest.raises(aiohttp.ClientError):
        await respond(url, body)
    assert await respond(url, body) == forms.BAD_PARAMETER
    assert len(platform.ledger.delivered("wangwu")) == 1
