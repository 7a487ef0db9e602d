"""The list of what waits for those who take over: pages, and an item by its number."""

from storage.reports import Concern, NewReport
from storage.uow import UnitOfWork
from tests.handlers.town import Town


async def test_more_than_ten_that_wait_are_shown_page_by_page_and_picked_by_number(town: Town) -> None:
    def put(uow: UnitOfWork) -> None:
        place = town.person("王主任").place_id
        for _ in range(12):
            no = uow.reports.add(NewReport(Concern.WRONGDOING, place))
            uow.details.keep(f"report:{no}", "words", "村里的账不清楚")

    town.database.run_now(put)
    first = await town.say("组织部小郑", "/举报 查看")
    assert first.splitlines()[0] == "等着办的（共 12 件，第 1/2 页）："
    assert first.splitlines()[10] == "10. R10〔举报〕永续社区，3月5日"
    assert first.splitlines()[-1].endswith("；发“下一页”接着看。")
    second = await town.say("组织部小郑", "下一页")
    assert [line[:7] for line in second.splitlines()[1:3]] == ["11. R11", "12. R12"]
    assert await town.say("组织部小郑", "/举报 查看 第2页") == second
    assert await town.say("组织部小郑", "/举报 查看 上一页") == first
    assert (await town.say("组织部小郑", "3")).startswith("R3〔举报〕待办")
    looks = [row for row in await town.register("looks") if row["action"] == "look"]
    assert [(row["actor"], row["subject"]) for row in looks] == [
        (f"member:{town.person('组织部小郑').id}", "report:3")
    ]
