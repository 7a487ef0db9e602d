"""Policy questions: cited answers from the knowledge base."""

from bot.chat.feature import Feature
from handlers.policy import commands, jobs

FEATURE = Feature(
    key="policy",
    commands=(
        commands.ask,
        commands.show_article,
        commands.show_more,
        commands.was_useful,
        commands.was_useless,
        commands.show_queue,
        commands.answer_question,
        commands.drop_question,
        commands.local_standard,
    ),
    picks={"passage": commands.show_passage, "question": commands.show_queue},
    jobs={"forget_askers": jobs.forget_askers, "tell_keepers": jobs.tell_keepers},
    question=commands.ask,
)
