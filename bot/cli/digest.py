"""`digest`: see what the next push would be, change it, make today's now, look at the register of pushes."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.groups import day_of, named_group
from bot.cli.session import AsJson, Failure, office, out, out_json
from bot.phrases import cli as say

if TYPE_CHECKING:
    from handlers.digests.calendar import Calendar
    from storage.groups import Group
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.DIGEST, no_args_is_help=True)

GroupName = Annotated[str, typer.Option("--group", help=say.GROUP_NAME)]
On = Annotated[str | None, typer.Option(help=say.ON)]


@app.command("preview", help=say.DIGEST_PREVIEW)
def preview(
    group: Annotated[str | None, typer.Option(help=say.GROUP_NAME)] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Of one group or of all; on a given day or on that of the next push. Nothing is sent."""
    day = day_of(on) if on is not None else None
    with office() as desk:
        rows = desk.database.read_now(_previews, group, day, desk.calendar())
    if as_json:
        out_json({"previews": rows})
        return
    for row in rows:
        _show(row)


@app.command("send", help=say.DIGEST_SEND)
def send(group: GroupName) -> None:
    """Today's push, now and once; the outbox carries it when a server runs."""
    with office() as desk:
        desk.database.run_now(_send, group, desk.calendar())
    out(say.SENT.format(group=group))


@app.command("stop", help=say.DIGEST_STOP)
def stop(group: GroupName) -> None:
    """As /推送 停."""
    with office() as desk:
        desk.database.run_now(_stop, group)
    out(say.STOPPED.format(group=group))


@app.command("drop", help=say.DIGEST_DROP)
def drop(
    place: Annotated[int, typer.Argument(help=say.PLACE_NUMBER)], group: GroupName, on: On = None
) -> None:
    """Item `place` of the preview goes."""
    from handlers.digests import desk as editing

    _edit(
        group, on, lambda uow, which, day, calendar, by: editing.drop(uow, which, day, place, calendar, by=by)
    )


@app.command("order", help=say.DIGEST_ORDER)
def order(
    places: Annotated[list[int], typer.Argument(help=say.PLACE_NUMBERS)], group: GroupName, on: On = None
) -> None:
    """Every place once, in the new order."""
    from handlers.digests import desk as editing

    _edit(
        group, on,
        lambda uow, which, day, calendar, by: editing.reorder(uow, which, day, places, calendar, by=by),
    )  # fmt: skip


@app.command("add", help=say.DIGEST_ADD)
def add(words: Annotated[str, typer.Argument(help=say.ADDED_WORDS)], group: GroupName, on: On = None) -> None:
    """An item's key, or words of one's own."""
    from handlers.digests import desk as editing

    _edit(
        group, on, lambda uow, which, day, calendar, by: editing.add(uow, which, day, words, calendar, by=by)
    )


@app.command("approve", help=say.DIGEST_APPROVE)
def approve(group: GroupName, on: On = None) -> None:
    """What stands now is what goes."""
    from handlers.digests import desk as editing

    _edit(group, on, lambda uow, which, day, calendar, by: editing.approve(uow, which, day, calendar, by=by))


@app.command("pin", help=say.DIGEST_PIN)
def pin(
    words: Annotated[str, typer.Argument(help=say.WORDS)],
    group: GroupName,
    until: Annotated[str | None, typer.Option(help=say.UNTIL)] = None,
) -> None:
    """At the head of each digest."""
    day = day_of(until) if until is not None else None

    def put(uow: "UnitOfWork") -> date:
        from handlers.digests import desk as editing
        from handlers.members.roster import ACTOR

        return editing.pin(uow, named_group(uow, group), words, day, by=ACTOR)[1]

    with office() as desk:
        out(say.PINNED.format(until=desk.database.run_now(put).isoformat()))


@app.command("unpin", help=say.DIGEST_UNPIN)
def unpin(place: Annotated[int, typer.Argument(help=say.PLACE_NUMBER)], group: GroupName) -> None:
    """Notice `place` of those shown today."""

    def take(uow: "UnitOfWork") -> None:
        from handlers.digests import desk as editing
        from handlers.members.roster import ACTOR

        editing.unpin(uow, named_group(uow, group), place, by=ACTOR)

    with office() as desk:
        desk.database.run_now(take)
    out(say.UNPINNED)


@app.command("log", help=say.DIGEST_LOG)
def log(as_json: AsJson = False) -> None:
    """Every push there was, sent or not, newest first; as text, the sums at the end."""
    from handlers.digests.phrases import counted
    from handlers.digests.use_cases import sums

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
    if pushes:
        out(counted(sums(pushes)))


def _previews(
    uow: "UnitOfWork", name: str | None, on: date | None, calendar: "Calendar"
) -> list[dict[str, Any]]:
    groups = [named_group(uow, name)] if name is not None else uow.groups.all()
    if not groups:
        raise Failure(say.NO_GROUPS)
    return [_preview(uow, group, on, calendar) for group in groups]


def _preview(uow: "UnitOfWork", group: "Group", on: date | None, calendar: "Calendar") -> dict[str, Any]:
    from handlers.digests import desk, phrases
    from handlers.digests.contents import told_of, without_echo
    from handlers.digests.morning import Morning

    day = on or desk.next_day(uow, group, calendar)
    shown = desk.preview(uow, group, day, calendar)
    sent = uow.digests.sent_on(group.id, day)
    morning = shown.morning
    if sent:
        told_items = without_echo([told_of(item, calendar, day) for item in sent])
        morning = Morning(day, morning.notices, tuple(told_items))
    told = bool(sent) or (not shown.off and morning.worth_a_push)
    reply = phrases.digest(morning)
    items = morning.items if told else []
    text = reply.plain() if told else ""
    return {
        "group": group.name,
        "day": day,
        "push_at": group.push_at,
        "workday": calendar.days.is_workday(day),
        "items": [
            {"key": item.key, "kind": item.kind, "title": item.title, "why": item.why} for item in items
        ],
        "text": text,
        "off": shown.off,
        "bytes": len(text.encode()),
        "messages": dict(calendar.sizes(reply)) if told else {},
        "edited": morning.edited,
        "approval": shown.approval,
        "approved": bool(morning.approved_by),
        "stopped": shown.stopped,
    }


def _show(row: dict[str, Any]) -> None:
    if not row["text"]:
        out((say.OFF if row["off"] else say.NOTHING_NEW).format(**row))
        return
    out(say.PREVIEW.format(**row))
    sizes = say.listed(say.TIMES.format(name=name, count=count) for name, count in row["messages"].items())
    out(say.SIZES.format(bytes=row["bytes"], sizes=sizes))
    if row["approval"]:
        out(say.APPROVED if row["approved"] else say.NOT_APPROVED)


def _edit(
    name: str, on: str | None, change: "Callable[[UnitOfWork, Group, date, Calendar, str], None]"
) -> None:
    """Change the day's digest of a group, and show it as it is now."""
    chosen = day_of(on) if on is not None else None

    def carry_out(uow: "UnitOfWork", calendar: "Calendar") -> dict[str, Any]:
        from handlers.digests import desk as editing
        from handlers.members.roster import ACTOR

        group = named_group(uow, name)
        day = chosen or editing.next_day(uow, group, calendar)
        change(uow, group, day, calendar, ACTOR)
        return _preview(uow, group, day, calendar)

    with office() as desk:
        _show(desk.database.run_now(carry_out, desk.calendar()))


def _stop(uow: "UnitOfWork", name: str) -> None:
    from handlers.members.roster import ACTOR

    group = named_group(uow, name)
    uow.groups.set(group.id, subscribed=False)
    uow.audit.add(actor=ACTOR, action="push_stop", subject=f"group:{group.id}")


def _send(uow: "UnitOfWork", name: str, calendar: "Calendar") -> None:
    from handlers.digests import phrases, rules
    from handlers.digests.planning import Made, make_one
    from handlers.members.roster import ACTOR

    group, today = named_group(uow, name), uow.now.date()
    if not group.subscribed:
        raise Failure(say.UNSUBSCRIBED.format(group=name))
    if rules.over(group.ends_on, today):
        raise Failure(say.GROUP_OVER.format(group=name, day=group.ends_on))
    made = make_one(uow, group.id, today, calendar, anyway=True)
    if made is Made.ALREADY:
        raise phrases.PushedAlready
    if made is Made.SKIPPED:
        raise phrases.NothingNew
    uow.audit.add(actor=ACTOR, action="push", subject=f"group:{group.id}", after=made.value)
