"""Policy questions: cited answers from the knowledge base."""

from bot.chat.feature import Feature
from handlers.policy import commands

FEATURE = Feature(
    key="policy",
    commands=(
        commands.ask,
        commands.show_article,
        commands.show_more,
        commands.was_useful,
        commands.was_useless,
    ),
    picks={"passage": commands.show_passage},
    question=commands.ask,
)
