"""微心愿 (micro-wishes): logged, verified by somebody else, claimed by one, delivered, confirmed."""

from bot.chat.feature import Feature
from handlers.wishes import commands, exports, jobs

FEATURE = Feature(
    key="wishes",
    commands=(
        commands.log_wish,
        commands.verify_wish,
        commands.list_wishes,
        commands.show_wish,
        commands.amend_wish,
        commands.claim_wish,
        commands.release_wish,
        commands.deliver_wish,
        commands.fulfil_wish,
        commands.wish_not_received,
        commands.withdraw_wish,
    ),
    picks={"wish": commands.show_wish},
    jobs={"wishes_expire": jobs.expire},
    registers={"wishes": exports.wishes, "audit": exports.audit, "looks": exports.looks},
)
