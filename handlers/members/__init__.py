"""Members: binding a person to a chat account, what I hold, hiding one's details."""

from bot.chat.feature import Feature
from handlers.members import commands, exports

FEATURE = Feature(
    key="members",
    commands=(commands.bind, commands.show_me, commands.forget_me),
    registers={"members": exports.members},
)
