"""What the bot can do: one package a feature. A new feature is one folder and one line here."""

from bot.chat.feature import Feature
from handlers import audit, digests, groups, help, members, outbox, places, policy, safety, wishes  # noqa: A004 -- the feature is called help

FEATURES: tuple[Feature, ...] = (
    policy.FEATURE,
    wishes.FEATURE,
    digests.FEATURE,
    members.FEATURE,
    places.FEATURE,
    groups.FEATURE,
    outbox.FEATURE,
    audit.FEATURE,
    safety.FEATURE,
    help.FEATURE,
)
