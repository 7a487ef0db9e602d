"""`group`: the chats the bot serves, each with a place, an owner, a purpose and an end date."""

import re
import sys
from datetime import date, time
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from bot.cli.appchat import make_chat
from bot.cli.people import named_member, named_place, rows_reported
from bot.cli.session import AsJson, Failure, Office, office, out, out_json
from bot.phrases import cli as say

if TYPE_CHECKING:
    from storage.groups import Group
    from storage.uow import UnitOfWork

app = typer.Typer(help=say.GROUP, no_args_is_help=True)

CHANNELS = ("simulator", "group_robot", "wecom_app", "wecom_aibot", "by_hand")

Name = Annotated[str, typer.Argument(help=say.GROUP_NAME)]
Channel = Annotated[str | None, typer.Option(help=say.CHANNEL.format(channels=say.listed(CHANNELS)))]
Webhook = Annotated[str | None, typer.Option(help=say.WEBHOOK)]
PushTime = Annotated[str | None, typer.Option(help=say.PUSH_TIME)]
Owner = Annotated[str | None, typer.Option(help=say.OWNER)]
Purpose = Annotated[str | None, typer.Option(help=say.PURPOSE)]
Ends = Annotated[str | None, typer.Option(help=say.ENDS)]
Days = Annotated[str | None, typer.Option(help=say.DAYS)]
Quiet = Annotated[str | None, typer.Option(help=say.QUIET)]
Pause = Annotated[str | None, typer.Option(help=say.PAUSE)]
Approval = Annotated[bool | None, typer.Option(help=say.APPROVAL)]
Members = Annotated[str | None, typer.Option(help=say.CHAT_MEMBERS)]


@app.command("add", help=say.GROUP_ADD)
def add(
    name: Name,
    *,
    place: Annotated[str, typer.Option(help=say.PLACE_NAME)],
    channel: Channel = None,
    webhook: Webhook = None,
    push_time: PushTime = None,
    owner: Owner = None,
    purpose: Purpose = None,
    ends: Ends = None,
    members: Members = None,
) -> None:
    """Without a channel: the simulator in dev, a group robot otherwise and where a webhook is given."""
    from handlers.members.roster import good_name

    name = name.strip()
    if not good_name(name):
        raise Failure(say.BAD_GROUP_NAME)
    with office() as desk, rows_reported():
        if channel is None:
            channel = "simulator" if desk.settings.dev and not webhook else "group_robot"
        given = _given(
            desk, channel=channel, webhook=webhook, push_time=push_time, purpose=purpose, ends=ends
        )
        group = desk.database.run_now(_add, name, place, owner, given)
        out(say.GROUP_ADDED.format(name=group.name, push_at=group.push_at))
        if members is not None:
            make_chat(desk, group, members)


@app.command("set", help=say.GROUP_SET)
def change(
    name: Name,
    *,
    place: Annotated[str | None, typer.Option(help=say.PLACE_NAME)] = None,
    channel: Channel = None,
    webhook: Webhook = None,
    push_time: PushTime = None,
    owner: Owner = None,
    purpose: Purpose = None,
    ends: Ends = None,
    members: Members = None,
    subscribed: Annotated[bool | None, typer.Option(help=say.SUBSCRIBED)] = None,
    days: Days = None,
    quiet: Quiet = None,
    pause: Pause = None,
    approval: Approval = None,
) -> None:
    """Change what is named; an empty text takes a webhook, an owner, a purpose or an end date away."""
    with office() as desk, rows_reported():
        given = _given(
            desk, channel=channel, webhook=webhook, push_time=push_time, purpose=purpose, ends=ends
        )
        if subscribed is not None:
            given["subscribed"] = subscribed
        plan = _plan(days=days, quiet=quiet, pause=pause, approval=approval)
        if not given and not plan and place is None and owner is None and members is None:
            raise typer.BadParameter(say.NOTHING_TO_SET)
        group = desk.database.run_now(_change, name, place, owner, given | plan)
        out(say.GROUP_CHANGED.format(name=name))
        if members is not None:
            make_chat(desk, group, members)


@app.command("list", help=say.GROUP_LIST)
def list_groups(as_json: AsJson = False) -> None:
    """Every group; of a webhook only enough to tell it from another."""
    with office() as desk:
        rows = desk.database.read_now(_rows)
    if as_json:
        out_json(rows)
        return
    for row in rows:
        out(say.group_line(row))


def named_group(uow: "UnitOfWork", name: str) -> "Group":
    """The group of this name; a failure that names the others when there is none."""
    from storage.base import NotFound

    try:
        return uow.groups.named(name)
    except NotFound:
        choices = say.listed(group.name for group in uow.groups.all()) or say.NONE_YET
        raise Failure(say.NO_SUCH_GROUP.format(name=name, choices=choices)) from None


def day_of(text: str) -> date:
    """Raises `Failure`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(say.BAD_DAY.format(text=text)) from None


def masked(webhook: str) -> str:
    """Where a webhook points, and the last marks of its key.

    >>> masked("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa")
    'https://qyapi.weixin.qq.com/…5aaa'
    """
    if not webhook:
        return ""
    parts = urlsplit(webhook)
    return f"{parts.scheme}://{parts.hostname}/…{webhook[-4:]}"


def _given(
    desk: Office,
    *,
    channel: str | None,
    webhook: str | None,
    push_time: str | None,
    purpose: str | None,
    ends: str | None,
) -> dict[str, Any]:
    """Columns of the group for the options that were given, checked."""
    given: dict[str, Any] = {}
    if channel is not None:
        if channel not in CHANNELS:
            raise Failure(say.NO_SUCH_CHANNEL.format(name=channel, choices=say.listed(CHANNELS)))
        given["channel"] = channel
    if webhook is not None:
        given["webhook"] = _webhook(webhook)
        if given["webhook"]:
            given["removed_at"] = None
    if push_time is not None:
        given["push_at"] = _push_time(push_time)
    if purpose is not None:
        given["purpose"] = " ".join(purpose.split())
    if ends is not None:
        given["ends_on"] = day_of(ends) if ends else None
        if ends and given["ends_on"] < desk.clock.now().date():
            raise Failure(say.ENDED.format(day=ends))
    return given


def _plan(*, days: str | None, quiet: str | None, pause: str | None, approval: bool | None) -> dict[str, Any]:
    """Fields of the group's push plan for the options that were given, checked."""
    from handlers.digests import phrases, rules
    from handlers.digests.spoken import quiet_hours

    plan: dict[str, Any] = {}
    if days is not None:
        chosen = rules.days_in(days)
        if chosen is None:
            raise phrases.BadDays
        plan["days"] = chosen
    if quiet is not None:
        plan["quiet_from"], plan["quiet_until"] = quiet_hours(quiet)
    if pause is not None:
        plan["paused_until"] = day_of(pause) if pause else None
    if approval is not None:
        plan["approval"] = approval
    return plan


def _webhook(text: str) -> str:
    """The platform's address; plain http only towards this machine, for trying out."""
    text = (sys.stdin.readline() if text == "-" else text).strip()
    if text and not re.fullmatch(r"https://[^\s/@]+/\S+|http://(127\.0\.0\.1|localhost)(:\d+)?/\S+", text):
        raise Failure(say.BAD_WEBHOOK)
    return text


def _push_time(text: str) -> time:
    from handlers.digests.phrases import quiet_hours
    from handlers.digests.rules import may_push_at

    try:
        moment = time.fromisoformat(text.replace("：", ":").zfill(5))
    except ValueError:
        raise Failure(say.BAD_HOUR.format(text=text)) from None
    if moment.tzinfo is not None:
        raise Failure(say.BAD_HOUR.format(text=text))
    if not may_push_at(moment):
        raise Failure(quiet_hours())
    return moment.replace(second=0, microsecond=0)


def _add(uow: "UnitOfWork", name: str, place: str, owner: str | None, given: dict[str, Any]) -> "Group":
    from handlers.members.roster import ACTOR
    from storage.base import Taken

    place_id = named_place(uow, place).id
    given = given | ({"owner_id": named_member(uow, owner).id} if owner else {})
    try:
        group = uow.groups.add(name, place_id=place_id, **given)
    except Taken:
        raise Failure(say.GROUP_TAKEN.format(name=name)) from None
    uow.audit.add(actor=ACTOR, action="add", subject=f"group:{group.id}", after=f"place:{place_id}")
    return group


def _change(
    uow: "UnitOfWork",
    name: str,
    place: str | None,
    owner: str | None,
    given: dict[str, Any],
) -> "Group":
    from handlers.digests.use_cases import set_calendar
    from handlers.members.roster import ACTOR
    from storage.push_plans import Plan

    group = named_group(uow, name)
    plan = {column: given.pop(column) for column in Plan.__slots__ if column in given}
    if plan or "push_at" in given:
        set_calendar(uow, group, by=ACTOR, push_at=given.get("push_at"), **plan)
    if not given and place is None and owner is None:
        return group
    if place is not None:
        given["place_id"] = named_place(uow, place).id
    if owner is not None:
        given["owner_id"] = named_member(uow, owner).id if owner else None
    uow.audit.add(actor=ACTOR, action="set", subject=f"group:{group.id}", after=",".join(sorted(given)))
    return uow.groups.set(group.id, **given)


def _rows(uow: "UnitOfWork") -> list[dict[str, Any]]:
    webhooks = uow.groups.webhooks()
    return [
        {
            "name": group.name,
            "place": group.place,
            "channel": group.channel,
            "webhook": masked(webhooks[group.id]),
            "push_time": f"{group.push_at:%H:%M}",
            "subscribed": group.subscribed,
            **_plan_row(uow, group.id),
            "owner": uow.members.get(group.owner_id).name if group.owner_id is not None else None,
            "purpose": group.purpose,
            "ends": group.ends_on,
        }
        for group in uow.groups.all()
    ]


def _plan_row(uow: "UnitOfWork", group_id: int) -> dict[str, Any]:
    from handlers.digests.phrases import days

    plan = uow.plans.get(group_id)
    return {
        "days": days(plan),
        "quiet": f"{plan.quiet_from:%H:%M}-{plan.quiet_until:%H:%M}",
        "paused_until": plan.paused_until,
        "approval": plan.approval,
    }
