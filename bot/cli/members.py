"""`member`: who the bot serves, from which accounts they speak, and who follows whom."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import qr as drawing
from bot.cli.channels import ask_official
from bot.cli.people import named_member, named_place, rows_reported
from bot.cli.roster import layout, taking
from bot.cli.session import AsJson, Failure, Office, note, office, out, out_json, reported
from bot.cli.sheet import DryRun, Report, SkipBad, Told, bring_in, read_table
from bot.phrases import cli
from bot.phrases import members as say

if TYPE_CHECKING:
    from storage.members import Account, Member
    from storage.uow import UnitOfWork

members = typer.Typer(help=say.MEMBER, no_args_is_help=True)

Who = Annotated[str, typer.Argument(help=say.WHO)]


@members.command("list", help=say.LIST)
def list_members(
    everything: Annotated[bool, typer.Option("--all", help=say.LIST_ALL)] = False, as_json: AsJson = False
) -> None:
    """One row a role; a member without one is a resident."""
    from bot.chat.phrases import ROLES
    from handlers.members import exports

    with office() as desk:
        rows = desk.database.read_now(exports.members if everything else exports.current)
    if not everything:
        rows = [{name: row[name] for name in ("name", "role", "place")} for row in rows]
    if as_json:
        out_json(rows)
        return
    if not rows:
        note(say.NO_MEMBERS)
    for row in rows:
        role = ROLES[row["role"]]
        out(say.tenure(row, role) if everything else f"{row['name']}  {role}  {row['place'] or ''}".rstrip())


@members.command("import", help=say.IMPORT)
def import_members(
    file: Annotated[Path, typer.Argument(help=say.TABLE)],
    *,
    told: Told = None,
    dry_run: DryRun = False,
    report: Report = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """All or nothing; again changes nothing."""
    with office() as desk, rows_reported():
        incoming = read_table(desk, file, (layout(),), told)
        take = taking(desk.settings.wecom_corp_id, dry_run=dry_run, skip_bad=skip_bad)
        bring_in(desk, incoming, take, report=report, skip_bad=skip_bad, dry_run=dry_run, as_json=as_json)


@members.command("invite", help=say.INVITE)
def invite(
    role: Annotated[str, typer.Option(help=say.ROLE)],
    place: Annotated[str, typer.Option(help=say.PLACE)],
    name: Annotated[str | None, typer.Option(help=say.NAME)] = None,
    *,
    qr: Annotated[bool, typer.Option("--qr", help=say.QR)] = False,
    picture: Annotated[Path | None, typer.Option("--picture", help=say.PICTURE)] = None,
    as_json: AsJson = False,
) -> None:
    """Print a one-time code; only its hash is kept."""
    from bot.chat.phrases import ROLES
    from handlers.members import roster

    granted = roster.role_of(role) if role.strip() else None
    if granted is None:
        raise Failure(cli.NO_SUCH_ROLE.format(name=role, choices=cli.listed(ROLES.values())))
    if picture is not None and picture.suffix.lower() not in drawing.PICTURES:
        raise Failure(say.NOT_A_PICTURE.format(name=picture.name))
    with office() as desk, rows_reported():
        token = desk.clock.token(8)
        made = desk.database.run_now(
            lambda uow: roster.invite(uow, token, granted, named_place(uow, place), name)
        )
        until = made.expires_at.astimezone(desk.clock.zone)
        shown = {
            "code": made.code,
            "role": made.role.value,
            "place": made.place,
            "name": made.name,
            "expires_at": until.isoformat(timespec="seconds"),
        }
        ways, fault = _ways_in(desk, made.code, picture=qr) if qr or picture else ({}, "")
    if as_json:
        out_json({**shown, **ways})
    else:
        who = f"{made.name}，" if made.name else ""
        role_name, day = ROLES[made.role.value], f"{until:%Y-%m-%d %H:%M}"
        out(say.INVITED.format(code=made.code, who=who, place=made.place, role=role_name, until=day))
        _tell_ways(ways, drawn=qr)
    if picture is not None:
        with reported():
            drawing.save(ways["says"], picture)
        note(say.SAVED.format(path=picture))
    if fault:
        raise Failure(say.NO_PICTURE.format(fault=fault))


def _ways_in(desk: Office, code: str, *, picture: bool) -> tuple[dict[str, str], str]:
    """The binding page (`link`), what a QR code drawn here says, the Official Account's own (`qr`); and why that one
    is not there, where it should be."""
    from bot.channels.wire.xml import SCENE
    from bot.chat.errors import ChannelError
    from handlers.members.roster import INVITE_DAYS

    settings, url = desk.settings, desk.settings.bot_public_url
    paths = [path for path, on in (("wechat", settings.wechat_on), ("wecom", settings.wecom_app_on)) if on]
    ways = {"link": f"{url}/{paths[0]}/bind?invite={code}"} if url and paths else {}
    ways["says"] = ways.get("link", say.TYPED.format(code=code))
    if not picture or not settings.wechat_on:
        return ways, ""
    good_for = timedelta(days=INVITE_DAYS)
    try:
        return {
            **ways,
            "qr": ask_official(desk, lambda api: api.scene_code(f"{SCENE}{code}", good_for=good_for)),
        }, ""
    except ChannelError as error:
        return ways, error.sentence


def _tell_ways(ways: dict[str, str], *, drawn: bool) -> None:
    if "qr" in ways:
        out(say.INVITED_BY_CODE.format(picture=ways["qr"]))
    if "link" in ways:
        way = say.INVITED_BY_LINK if "/wechat/" in ways["link"] else say.INVITED_BY_WECOM_LINK
        out(way.format(link=ways["link"]))
    if drawn:
        out(f"{say.SCAN['link' if 'link' in ways else 'text']}\n{drawing.on_terminal(ways['says'])}")


@members.command("accounts", help=say.ACCOUNTS)
def accounts(name: Who, as_json: AsJson = False) -> None:
    """Which channels a member speaks from; ids are never shown whole."""
    with office() as desk, rows_reported():
        member, found = desk.database.read_now(_accounts, name)
    if as_json:
        out_json([_shown(number, each) for number, each in enumerate(found, start=1)])
        return
    if not found:
        out(say.NO_ACCOUNTS.format(name=member.name))
    for number, each in enumerate(found, start=1):
        out(say.account(number, each.channel, masked(each.external_id), unreachable=each.unreachable))


@members.command("unbind", help=say.UNBIND)
def unbind(name: Who, number: Annotated[int, typer.Argument(help=say.ACCOUNT)]) -> None:
    """From there on the account is a stranger's."""
    from handlers.members.roster import unbind as unbind_one

    with office() as desk, rows_reported():
        member, found = desk.database.read_now(_accounts, name)
        if not 1 <= number <= len(found):
            raise Failure(say.NO_SUCH_ACCOUNT.format(name=member.name, number=number))
        account = found[number - 1]
        desk.database.run_now(unbind_one, member, account)
    told = f"{say.CHANNELS.get(account.channel, account.channel)} {masked(account.external_id)}"
    out(say.UNBOUND.format(name=member.name, account=told))


@members.command("leave", help=say.LEAVE)
def leave(
    name: Who,
    to: Annotated[str | None, typer.Option("--to", help=say.TO)] = None,
    yes: Annotated[bool, typer.Option("--yes", help=say.YES)] = False,
) -> None:
    """What is open is listed; with `--yes` it is handed over and the roles end."""
    from handlers.members.leaving import phrases, use_cases
    from handlers.members.roster import ACTOR

    def leaving(uow: "UnitOfWork") -> tuple[str, list[str]]:
        leaver, successor = named_member(uow, name), named_member(uow, to) if to else None
        if successor is not None and successor.id == leaver.id:
            raise Failure(say.SAME_PERSON)
        found = use_cases.estate(uow, leaver)
        if found.nothing:
            raise Failure(say.NOTHING_OPEN.format(name=leaver.name))
        if yes:
            use_cases.hand_over(uow, found, successor, actor=ACTOR, by=None)
        return leaver.name, phrases.listed(found, successor)

    with office() as desk, rows_reported():
        called, lines = desk.database.run_now(leaving)
    out(say.LEFT if yes else say.WOULD_LEAVE.format(name=called))
    out(say.listed(lines))
    if not yes:
        out(say.NOT_DONE)


def masked(external_id: str) -> str:
    """The head and the tail of an id: enough to tell two of one person apart.

    >>> masked("oVillager_0001"), masked("lihua"), masked("li")
    ('oVi…01', 'li…', '…')
    """
    if len(external_id) < 4:
        return "…"
    return f"{external_id[:3]}…{external_id[-2:]}" if len(external_id) > 8 else f"{external_id[:2]}…"


def _accounts(uow: "UnitOfWork", name: str) -> "tuple[Member, list[Account]]":
    member = named_member(uow, name)
    return member, uow.members.all_accounts(member.id)


def _shown(number: int, account: "Account") -> dict[str, object]:
    return {
        "number": number,
        "channel": account.channel,
        "account": masked(account.external_id),
        "reachable": not account.unreachable,
    }
