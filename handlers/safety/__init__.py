"""Safety: words of harm get a card and reach who must know; reports of wrongdoing are handed over in private."""

from bot.chat.feature import Feature
from handlers.safety import commands, jobs, use_cases

FEATURE = Feature(
    key="safety",
    commands=(commands.report,),
    picks={"report": commands.report},
    jobs={"wipe_reports": jobs.wipe},
    watch=use_cases.watch,
)
