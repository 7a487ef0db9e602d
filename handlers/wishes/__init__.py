"""微心愿 (micro-wishes): logged, verified by somebody else, claimed by one, delivered, confirmed."""

from bot.chat.feature import Feature
from handlers.wishes import commands, exports, jobs
from handlers.wishes.asking.steps import ask_wish
from handlers.wishes.claiming import commands as claiming
from handlers.wishes.closing import commands as closing
from handlers.wishes.lists import commands as lists
from handlers.wishes.photos import use_cases as photos
from handlers.wishes.statistics.commands import wish_statistics

FEATURE = Feature(
    key="wishes",
    commands=(
        commands.log_wish,
        commands.verify_wish,
        lists.list_wishes,
        lists.my_wishes,
        lists.show_wish,
        commands.amend_wish,
        commands.record_consent,
        claiming.claim_wish,
        claiming.release_wish,
        claiming.deliver_wish,
        claiming.hand_over_wish,
        claiming.reassign_wish,
        claiming.promise_wish,
        claiming.credit_wish,
        closing.fulfil_wish,
        closing.wish_not_received,
        closing.withdraw_wish,
        closing.merge_wishes,
        closing.reopen_wish,
        wish_statistics,
    ),
    wants=photos.wanted,
    picks={"wish": lists.show_wish},
    ways={commands.log_wish.name: ask_wish},
    jobs={
        "wishes_expire": jobs.expire,
        "wishes_claimed": jobs.look_after,
        "wishes_wipe": jobs.wipe,
    },
    registers={"wishes": exports.wishes, "audit": exports.audit, "looks": exports.looks},
)
