"""Wording about photos."""

from collections.abc import Sequence

from bot.chat.errors import DomainError
from bot.chat.reply import Image, Reply
from storage.photos import MOST, Photo


class EnoughPhotos(DomainError):
    def __init__(self, no: int) -> None:
        super().__init__(f"#{no} 已经有 {MOST} 张照片，够了，这一张没有留。")


def offered(*, private: bool, minor: bool) -> str:
    """Half a sentence behind what is said to who has delivered."""
    child = "别拍到孩子，" if minor else ""
    return f"想留张照片就{'直接' if private else '私聊'}发我，{child}不发也行。"


def kept(no: int) -> Reply:
    return Reply.text(
        f"照片收好了，只有登记 #{no} 的人、本村（社区）干部和第一书记私下看得到；办结 14 天后删掉。"
    )


def shown(no: int, photos: Sequence[Photo]) -> tuple[Image, ...]:
    return tuple(
        Image(photo.key, f"心愿{no}照片{photo.number}.{photo.kind}", f"（#{no} 的照片 {photo.number}）")
        for photo in photos
    )
