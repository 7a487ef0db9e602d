"""A real Chromium, and the real simulator on a free loopback port in this very process."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright

from tests.browser.chromium import ABSENT, ARGS, find_chromium
from tests.browser.world import Stage

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


class Visitor:
    """One browser window on the simulator. Whatever the page complains about lands in `complaints`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def open(self, where: str = "") -> None:
        await self.page.goto(f"{self.address}{where}")
        await self.page.locator("#chats .row").first.wait_for(state="attached")

    async def say(self, text: str) -> None:
        await self.page.locator("#field").fill(text)
        await self.page.locator("#field").press("Enter")

    async def messages(self) -> list[tuple[str, str]]:
        """Side and text of every message of the open chat."""
        found = await self.page.locator("#lines .message").all()
        return [
            (
                "mine" if "mine" in (await one.get_attribute("class") or "") else "theirs",
                await one.locator(".bubble").inner_text(),
            )
            for one in found
        ]


@pytest.fixture
def stage() -> Stage:
    built = Stage()
    built.world.furnish()
    return built


@pytest.fixture
async def server(stage: Stage) -> AsyncIterator[TestServer]:
    running = TestServer(stage.application(), host="127.0.0.1")
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(ABSENT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, headless=True, args=list(ARGS))
        yield browser
        await browser.close()


@pytest.fixture
async def desk(browser: Browser, server: TestServer) -> AsyncIterator[Visitor]:
    page = await browser.new_page(viewport=DESK, locale="zh-CN")
    visitor = Visitor(page, str(server.make_url("/simulator")))
    yield visitor
    assert visitor.complaints == []


@pytest.fixture
async def phone(browser: Browser, server: TestServer) -> AsyncIterator[Visitor]:
    page = await browser.new_page(viewport=PHONE, locale="zh-CN", has_touch=True)
    visitor = Visitor(page, str(server.make_url("/simulator")))
    yield visitor
    assert visitor.complaints == []
