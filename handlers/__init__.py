"""What the bot can do: one package a feature. A new feature is one folder and one line here."""

from bot.chat.feature import Feature
from handlers import digests, groups, help, members, outbox, policy, wishes  # noqa: A004 -- the feature is called help

FEATURES: tuple[Feature, ...] = (
    policy.FEATURE,
    wishes.FEATURE,
    digests.FEATURE,
    members.FEATURE,
    groups.FEATURE,
    outbox.FEATURE,
    help.FEATURE,
)
