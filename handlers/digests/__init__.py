"""The quiet digest: one push a group a day, nothing twice, nothing when there is nothing."""

from bot.chat.feature import Feature
from handlers.digests import commands, exports, jobs

FEATURE = Feature(
    key="digests",
    commands=(commands.today, commands.subscribe, commands.unsubscribe, commands.push),
    picks={"item": commands.show_item},
    jobs={"digests_push": jobs.push_due},
    registers={"digests": exports.digests},
)
