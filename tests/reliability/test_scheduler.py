"""A server that stops lets the job that runs come to its end."""

import asyncio

from bot.scheduler import Scheduler


async def test_closing_waits_for_the_running_job_and_begins_no_other() -> None:
    begun, released = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def slow() -> None:
        begun.set()
        await released.wait()
        done.append("slow")

    async def next_one() -> None:
        done.append("next")

    scheduler = Scheduler({"slow": slow, "next": next_one})
    scheduler.start()
    tick = asyncio.create_task(scheduler.tick())
    await begun.wait()
    closing = asyncio.create_task(scheduler.close())
    await asyncio.sleep(0)
    assert not closing.done()
    released.set()
    await closing
    await tick
    assert done == ["slow"]


async def test_a_scheduler_that_never_started_closes() -> None:
    await Scheduler({}).close()
