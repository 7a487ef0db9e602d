"""Members: binding a person to a chat account, what I hold, hiding one's details, leaving and being followed."""

from bot.chat.feature import Feature
from handlers.members import commands, exports
from handlers.members.leaving.commands import succeed

FEATURE = Feature(
    key="members",
    commands=(commands.show_me, commands.bind, commands.forget_me, succeed),
    registers={"members": exports.members},
)
