"""Help, greeting, leaving a conversation, words to the keeper."""

from bot.chat.feature import Feature
from handlers.help import commands

FEATURE = Feature(
    key="help",
    commands=(commands.show_help, commands.leave, commands.send_feedback),
    picks={"help": commands.show_help},
    follow=commands.greet,
)
