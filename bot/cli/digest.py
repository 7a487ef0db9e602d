"""`digest`: see what the next push would be, make today's now, look at the register of pushes."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.groups import day_of, named_group
from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.phrases import cli as say

if TYPE_CHECKING:
    from handlers.digests.working_days import WorkingDays
    from storage.groups import Group
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.DIGEST, no_args_is_help=True)


@app.command("preview", help=say.DIGEST_PREVIEW)
def preview(
    group: Annotated[str | None, typer.Option(help=say.GROUP_NAME)] = None,
    on: Annotated[str | None, typer.Option(help=say.ON)] = None,
    as_json: AsJson = False,
) -> None:
    """Of one group or of all; on a given day or on that of the next push. Nothing is sent."""
    from handlers.digests.working_days import WorkingDays

    day = day_of(on) if on is not None else None
    with office() as desk:
        days = WorkingDays.read(desk.settings.bot_data_dir / "holidays.toml")
        rows = desk.database.read_now(_previews, group, day, days)
    if as_json:
        out_json({"previews": rows})
        return
    for row in rows:
        form = say.PREVIEW if row["text"] else say.NOTHING_NEW if row["workday"] else say.DAY_OFF
        out(form.format(**row))


@app.command("send", help=say.DIGEST_SEND)
def send(group: Annotated[str, typer.Option(help=say.GROUP_NAME)]) -> None:
    """Today's push, now and once; the outbox carries it when a server runs."""
    from handlers.digests.working_days import WorkingDays

    with office() as desk:
        days = WorkingDays.read(desk.settings.bot_data_dir / "holidays.toml")
        desk.database.run_now(_send, group, days)
    out(say.SENT.format(group=group))


@app.command("log", help=say.DIGEST_LOG)
def log(as_json: AsJson = False) -> None:
    """Every push there was, sent or not, newest first."""
    with office() as desk:
        pushes = desk.database.read_now(lambda uow: uow.digests.pushes())
        zone = desk.clock.zone
    if as_json:
        out_json(
            [
                {
                    "digest": push.digest,
                    "group": push.group,
                    "day": push.day,
                    "status": push.status,
                    "reason": push.reason,
                    "at": push.at.astimezone(zone).isoformat(timespec="seconds"),
                }
                for push in pushes
            ]
        )
        return
    for push in pushes:
        out(say.push_line(push.day, push.group, push.status, push.reason))


def _previews(
    uow: "UnitOfWork", name: str | None, on: date | None, days: "WorkingDays"
) -> list[dict[str, Any]]:
    groups = [named_group(uow, name)] if name is not None else uow.groups.all()
    if not groups:
        raise Failure(say.NO_GROUPS)
    return [_preview(uow, group, on, days) for group in groups]


def _preview(uow: "UnitOfWork", group: "Group", on: date | None, days: "WorkingDays") -> dict[str, Any]:
    from handlers.digests import phrases, use_cases

    day = on or use_cases.next_day(uow, group, days)
    workday = days.is_workday(day)
    sent = uow.digests.sent_on(group.id, day)
    items = sent or (use_cases.contents(uow, group.id, day) if workday else [])
    return {
        "group": group.name,
        "day": day,
        "push_at": group.push_at,
        "workday": workday,
        "items": [{"key": item.key, "kind": item.kind, "title": item.title} for item in items],
        "text": phrases.digest(items, day).plain() if items else "",
    }


def _send(uow: "UnitOfWork", name: str, days: "WorkingDays") -> None:
    from handlers.digests import phrases, rules
    from handlers.digests.use_cases import Made, make_push
    from handlers.members.roster import ACTOR

    group, today = named_group(uow, name), uow.now.date()
    if not group.subscribed:
        raise Failure(say.UNSUBSCRIBED.format(group=name))
    if rules.over(group.ends_on, today):
        raise Failure(say.GROUP_OVER.format(group=name, day=group.ends_on))
    if uow.digests.pushed(rules.DAILY, group.id, today):
        raise phrases.PushedAlready
    made = make_push(uow, group, today, days, anyway=True)
    if made is Made.ALREADY:
        raise phrases.PushedAlready
    if made is Made.SKIPPED:
        raise phrases.NothingNew
    uow.audit.add(actor=ACTOR, action="push", subject=f"group:{group.id}", after=made.value)
