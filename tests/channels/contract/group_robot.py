"""The group robot's bench: it can be sent with, and hears nothing."""

import json
from collections.abc import Mapping
from typing import Any

from bot.chat.channel import Recipient
from tests.channels.contract.bench import Bench
from tests.platform.webhook import SEND, GroupRobotServer


class GroupRobotBench(Bench):
    name = "group_robot"
    hears = False
    callback = False

    async def open_platform(self) -> None:
        self.server = GroupRobotServer(self.clock)
        self.base = await self.server.start()
        self.key = self.server.add_robot("永续社区连心群", members=["lihua"])

    async def close_platform(self) -> None:
        await self.server.stop()

    def settings(self) -> Mapping[str, str]:
        return {}

    async def joined(self) -> None:
        """A robot is in its group from the start."""

    def recipient(self) -> Recipient:
        return Recipient(f"{self.base}{SEND}?key={self.key}", group=True)

    def received(self) -> list[dict[str, Any]]:
        plain = ("text", "markdown")
        return [
            {
                "kind": entry.kind,
                "content": entry.content if entry.kind in plain else json.loads(entry.content),
            }
            for entry in self.server.ledger.delivered(self.key)
        ]
