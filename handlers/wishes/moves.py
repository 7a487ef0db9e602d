"""One step of a wish: the move, its history, its audit row, and who is to learn of it, in one transaction."""

from collections.abc import Collection, Mapping

from handlers.wishes import phrases
from handlers.wishes.words import MINORS, keep, public_note, unseen
from storage.members import Member
from storage.outbox import Target
from storage.uow import UnitOfWork
from storage.wishes import AlreadyMoved, Move, Status, Wish

SILENT = frozenset(
    {
        Move.LOG, Move.AMEND, Move.CONSENT, Move.GROWN, Move.CREDIT, Move.UNCREDIT, Move.MERGE, Move.ABSORB,
    }
)  # fmt: skip
"""Moves whose logger learns nothing, or is told something else."""

_CLAIMER_LEARNS = frozenset(
    {
        Move.HANDOVER, Move.REASSIGN, Move.RELEASE, Move.LAPSE, Move.DELIVER, Move.FULFIL, Move.NOT_RECEIVED,
        Move.WITHDRAW, Move.REOPEN,
    }
)  # fmt: skip
"""Moves that who had claimed it learns of, unless they made them: some are made by a teammate."""

_UNSAID = frozenset({Move.CONSENT, Move.GROWN})
"""Moves whose note is for nobody's eyes but those who may read the details."""

_IN_PUBLIC_WORDS = frozenset({Move.RELEASE, Move.WITHDRAW})
"""Moves whose logger is told why, without the names and numbers of whoever gave the reason."""


def move(
    uow: UnitOfWork,
    wish: Wish,
    step: Move,
    by: Member | None,
    *,
    note: str = "",
    expected: Collection[Status] | None = None,
    only_claimer: bool = False,
    as_seen: bool = False,
    to: Member | None = None,
    setting: Mapping[str, object] | None = None,
) -> Wish:
    """The wish after the step. `note` as it was typed; `by` None for scheduled work. Raises `WrongState`."""
    shown = _shown(uow, wish, note) if note and step not in _UNSAID else ""
    teams = [team.id for team in uow.teams.of(by.id)] if by and only_claimer and wish.team_id else []
    try:
        moved, before, event = uow.wishes.move(
            wish.no, step, by=by.id if by else None, note=shown, expected=expected, only_claimer=only_claimer,
            teams=teams, as_seen=wish if as_seen else None, to=to.id if to else None, setting=setting,
        )  # fmt: skip
    except AlreadyMoved as error:
        raise phrases.WrongState(wish.no, error.status, phrases.DOING[step]) from None
    if note != shown:
        keep(uow, wish.no, f"note:{event}", note, shown)
    record(uow, step, moved, by=by, before=before.value)
    if step not in SILENT:
        tell_loggers(uow, moved, step, shown if step in _IN_PUBLIC_WORDS else note, by=by)
    told = wish.claimed_by if step in _CLAIMER_LEARNS else None
    if told is not None and told not in (
        by.id if by else None,
        moved.logged_by,
        moved.claimed_by if to else None,
    ):
        uow.outbox.add(Target(member_id=told), phrases.told_claimer(moved, step, note).to_json())
    return moved


def _shown(uow: UnitOfWork, wish: Wish, note: str) -> str:
    """What everybody may read of a note; the wish as typed tells more names, and a minor merged into it has none."""
    known = [wish, *(uow.wishes.get(no) for no, _ in uow.wishes.merged_loggers(wish.no))]
    band = next((each.age_band for each in known if each.age_band in MINORS), wish.age_band)
    typed = [unseen(uow, each) for each in known]
    contacts = "\n".join(each.contact for each in typed)
    return public_note("\n".join(each.content for each in typed), note, band, contacts)


def record(uow: UnitOfWork, step: Move, wish: Wish, *, by: Member | None, before: str) -> None:
    """The audit row of a step."""
    actor = f"member:{by.id}" if by else "system"
    uow.audit.add(
        actor=actor, action=step.value, subject=f"wish:{wish.no}", before=before, after=wish.status.value
    )


def tell_loggers(uow: UnitOfWork, wish: Wish, step: Move, note: str, *, by: Member | None) -> None:
    """Whoever logged it learns of the step, and whoever logged what was merged into it; not who took it."""
    told = {by.id} if by else set()
    if wish.logged_by not in told:
        told.add(wish.logged_by)
        text = phrases.told_logger(wish, step, note)
        uow.outbox.add(Target(member_id=wish.logged_by), text.to_json())
    for no, logger in uow.wishes.merged_loggers(wish.no):
        if logger not in told:
            told.add(logger)
            text = phrases.told_merged_logger(wish, step, merged=no)
            uow.outbox.add(Target(member_id=logger), text.to_json())
