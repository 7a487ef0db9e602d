"""A photo is taken from who has just delivered something: plain functions over a unit of work."""

from datetime import timedelta
from functools import partial

from bot.chat.bare_picture import Picture
from bot.chat.pictures import Keep
from bot.chat.reply import Reply
from handlers.wishes.photos import phrases
from storage.members import Member
from storage.photos import MOST, Full
from storage.uow import UnitOfWork

WHILE = timedelta(minutes=30)
"""How long after a delivery a picture sent in private belongs to it."""


def wanted(uow: UnitOfWork, by: Member) -> Keep | None:
    """What this member's picture is for: their last delivery, if it was just now. Raises `EnoughPhotos`."""
    wish = uow.wishes.delivered_by(by.id, uow.now - WHILE)
    if wish is None:
        return None
    if uow.photos.count(wish.no) >= MOST:
        raise phrases.EnoughPhotos(wish.no)
    return partial(_keep, no=wish.no, by=by)


def _keep(uow: UnitOfWork, picture: Picture, *, no: int, by: Member) -> Reply:
    try:
        number = uow.photos.keep(no, picture.body, picture.kind, by=by.id)
    except Full:
        raise phrases.EnoughPhotos(no) from None
    uow.audit.add(actor=f"member:{by.id}", action="photo", subject=f"wish:{no}", after=f"photo:{number}")
    return phrases.kept(no)
