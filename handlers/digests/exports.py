"""The register of pushes for export."""

from typing import Any

from storage.uow import UnitOfWork


def digests(uow: UnitOfWork) -> list[dict[str, Any]]:
    """One row a push, newest first."""
    return [
        {
            "digest": push.digest, "group": push.group, "day": push.day, "status": push.status,
            "reason": push.reason, "at": push.at,
        }
        for push in uow.digests.pushes()
    ]  # fmt: skip
