"""The burden meter: what the bot said in each group, week by week, so that it can be brought down.

Per group, never per person: nobody's reading, asking or answering is counted.
"""

from datetime import timedelta
from typing import Any

from storage.burden import Week, week_of
from storage.uow import UnitOfWork


def lately(uow: UnitOfWork, group_id: int) -> tuple[Week, Week]:
    """This week so far, and the week before."""
    this = week_of(uow.now.date())
    before = this - timedelta(days=7)
    weeks = {each.week: each for each in uow.burden.weeks(since=before, group_id=group_id)}
    return weeks.get(this, Week(group_id, this)), weeks.get(before, Week(group_id, before))


def register(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a group and week in which something was said, the newest first."""
    names = {group.id: group.name for group in uow.groups.all()}
    return [
        {
            "week": each.week, "group": names[each.group_id], "messages": each.messages,
            "questions": each.questions, "pushes": each.pushes,
        }
        for each in uow.burden.weeks()
    ]  # fmt: skip
