"""How many messages a reply makes on each platform, for an editor who wants to know before it goes."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.channels import aibot_markdown, group_robot, limits, wecom_messages
from bot.channels import phrases as say
from bot.chat.reply import Part, Reply

APP: Final = wecom_messages.Room(limits.WECOM_APP_TEXT, limits.WECOM_APP_MARKDOWN, cards=False)


def messages_by_platform(reply: Reply) -> Mapping[str, int]:
    """Platform, as people call it → messages, by that platform's own limits."""
    parts: Sequence[Part] = reply.parts
    return {
        say.WECOM_APP_NAME: len(wecom_messages.rendered(parts, APP)),
        say.GROUP_ROBOT_NAME: len(wecom_messages.rendered(parts, group_robot.ROOM)),
        say.AIBOT_NAME: len(aibot_markdown.messages(parts, media=True)),
        say.OFFICIAL_ACCOUNT_NAME: len(limits.render(parts, limits.OFFICIAL_CUSTOMER_TEXT)),
    }
