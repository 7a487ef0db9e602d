"""The quiet digest: one push a group a day, nothing twice, nothing when there is nothing."""

from bot.chat.feature import Feature
from handlers.digests import burden, commands, exports, jobs
from handlers.digests.articles.feeds import look_at_feeds
from handlers.digests.personal.jobs import make_personal
from handlers.digests.poster.commands import poster

FEATURE = Feature(
    key="digests",
    commands=(commands.today, commands.subscribe, commands.unsubscribe, commands.push, poster),
    picks={"item": commands.show_item},
    jobs={"digests_push": jobs.push_due, "digests_personal": make_personal, "digests_feeds": look_at_feeds},
    registers={"digests": exports.digests, "burden": burden.register},
)
