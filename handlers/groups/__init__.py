"""Group life: a chat registers itself when it first speaks to us; its people say where it belongs and until when."""

from bot.chat.feature import Feature
from handlers.groups import commands

FEATURE = Feature(key="groups", commands=(commands.this_group,))
