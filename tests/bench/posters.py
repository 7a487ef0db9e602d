"""The pictures of the manual: the demo's mornings, pushed day by day and drawn.

python -m tests.bench.posters docs/images
"""

import asyncio
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from bot.app import App
from bot.settings import Settings
from handlers.digests.calendar import Calendar
from handlers.digests.jobs import push_due
from handlers.digests.poster.drawn import drawn
from handlers.digests.poster.use_cases import page_on
from tests.clock import FrozenClock

FIRST = date(2026, 3, 5)
SHOWN = {
    date(2026, 3, 5): ("永续社区连心群", "morning-1.png"),
    date(2026, 3, 20): ("和美村连心群", "morning-2.png"),
}


async def play(app: App, clock: FrozenClock, folder: Path) -> None:
    """Push every morning from the first to the last shown; draw those that are."""
    day = FIRST
    while day <= max(SHOWN):
        clock.set(f"{day.isoformat()} 08:00")
        await push_due(app.database, clock, app.services)
        if day in SHOWN:
            name, file = SHOWN[day]
            calendar: Calendar = app.services[Calendar]
            group = app.database.read_now(lambda uow, name=name: uow.groups.named(name))
            page = app.database.read_now(page_on, group, day, calendar)
            picture = drawn(page)
            (folder / file).write_bytes(picture.body)
            print(f"{file}: {name} {day} {picture.width}×{picture.height} {len(picture.body)} bytes")
        day += timedelta(days=1)


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        clock = FrozenClock("2026-03-02 08:00")
        app = App.open(Settings(_env_file=None, bot_data_dir=Path(data)), clock)
        try:
            asyncio.run(play(app, clock, Path(sys.argv[1])))
        finally:
            app.close()


if __name__ == "__main__":
    main()
