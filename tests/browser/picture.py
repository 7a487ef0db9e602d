"""A picture of a running simulator, for the README.

python -m tests.browser.picture OUT.png --as 陈小雨 --chat 永续社区 --say "/心愿单" --morning
"""

import argparse
import asyncio
import sys
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright

from tests.browser.chromium import ABSENT, ARGS, find_chromium

LONGEST_ANSWER = 10_000  # ms


async def take(page: Page, options: argparse.Namespace) -> None:
    await page.goto(options.url)
    await page.locator("#chats .row").first.wait_for(state="attached")
    if await page.locator("#hint-done").is_visible() and not options.hint:
        await page.locator("#hint-done").click()
    if options.person and options.person not in await page.locator("#self-name").inner_text():
        await page.locator("#people .row", has_text=options.person).first.click()
    if options.chat:
        await page.locator("#chats .row", has_text=options.chat).first.click()
    for text in options.say:
        await page.locator("#field").fill(text)
        async with page.expect_response("**/simulator/messages", timeout=LONGEST_ANSWER):
            await page.locator("#field").press("Enter")
        await page.wait_for_timeout(700)  # the answer arrives by the event stream
    for label in options.press:
        async with page.expect_response("**/simulator/presses", timeout=LONGEST_ANSWER):
            await page.locator(".card").get_by_role("button", name=label).last.click()
        await page.wait_for_timeout(700)
    if options.morning:
        await page.locator("#morning").click()
    await page.locator("#toast.shown").wait_for(state="detached", timeout=LONGEST_ANSWER)
    await page.wait_for_timeout(500)
    await page.screenshot(path=options.out)


async def run(options: argparse.Namespace) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGS))
        width, height = (int(side) for side in options.size.split("x"))
        size: ViewportSize = {"width": width, "height": height}
        page = await browser.new_page(viewport=size, locale="zh-CN", device_scale_factor=options.scale)
        await take(page, options)
        await browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="A picture of a running simulator.")
    parser.add_argument("out", type=Path, help="the PNG file to write")
    parser.add_argument("--url", default="http://127.0.0.1:8080/simulator")
    parser.add_argument("--size", default="1280x800", help="width x height, e.g. 390x844")
    parser.add_argument("--scale", type=float, default=1, help="device pixels a pixel")
    parser.add_argument("--as", dest="person", help="the name of the person to be")
    parser.add_argument("--chat", help="words in the name of the chat to open")
    parser.add_argument("--say", action="append", default=[], help="a message to send first; may be repeated")
    parser.add_argument("--press", action="append", default=[], help="a card's button to press then")
    parser.add_argument("--morning", action="store_true", help="bring the next morning push first")
    parser.add_argument("--hint", action="store_true", help="leave the first-visit hint on")
    options = parser.parse_args()
    if find_chromium() is None:
        print(ABSENT, file=sys.stderr)
        return 1
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
