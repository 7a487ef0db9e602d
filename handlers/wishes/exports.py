"""Registers of wishes for export: plain values by column name."""

from typing import Any

from handlers.wishes.sheets.naming import people, teams
from storage.uow import UnitOfWork


def wishes(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a wish, as `contract.md` names the columns; whom and what it names is told from all others."""
    found = uow.wishes.all()
    named, serving, places = people(uow), teams(uow), uow.places.names()
    return [
        {
            "no": wish.no, "status": wish.status.value, "place": places.get(wish.place_id or 0),
            "group": wish.group, "content": wish.content, "logged_by": named[wish.logged_by],
            "claimed_by": named.get(wish.claimed_by or 0),
            "logged_at": wish.logged_at, "claimed_at": wish.claimed_at, "delivered_at": wish.delivered_at,
            "fulfilled_at": wish.fulfilled_at, "expires_on": wish.expires_on, "note": wish.note,
            "kind": wish.kind.value, "age_band": wish.age_band.value, "urgency": wish.urgency.value,
            "wanted_by": wish.wanted_by, "promised_on": wish.promised_on,
            "team": serving.get(wish.team_id or 0), "merged_into": wish.merged_into, "closed_at": wish.closed_at,
            "consent": wish.consent.value, "credit": wish.credit,
        }
        for wish in found
    ]  # fmt: skip


def audit(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row for each change of state."""
    return [
        {
            "at": entry.at, "actor": entry.actor, "action": entry.action, "subject": entry.subject,
            "before": entry.before, "after": entry.after, "channel": entry.channel, "update_key": entry.update_key,
        }
        for entry in uow.audit.all()
        if entry.before or entry.after
    ]  # fmt: skip


def looks(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row for each look at personal details and for each command refused: what changed nothing."""
    return [
        {
            "at": entry.at, "actor": entry.actor, "action": entry.action, "subject": entry.subject,
            "channel": entry.channel, "update_key": entry.update_key,
        }
        for entry in uow.audit.all()
        if not (entry.before or entry.after)
    ]  # fmt: skip
