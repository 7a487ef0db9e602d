"""What left the bot and nobody knows whether it arrived: a person decides."""

from bot.chat.feature import Feature
from handlers.outbox import commands

FEATURE = Feature(key="outbox", commands=(commands.show_outbox,))
