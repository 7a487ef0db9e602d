"""What the binding pages of the channels share: what travels to WeChat and back, and how a page looks.

A state is believed once: it is signed, dies after `LIFETIME`, belongs to the browser that holds its cookie,
and is used up by a row that one replica can insert.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

from bot.channels import phrases as say

COOKIE: Final = "lianxin_bind"
LIFETIME: Final = 600
"""Seconds between the question and the answer; WeChat's own code lives half as long."""

_STATE = re.compile(
    r"(?P<until>[0-9a-f]{8})(?P<nonce>[0-9a-f]{24})(?P<mac>[0-9a-f]{32})(?P<invite>[0-9A-Z]{4,40})"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class State:
    """What travels to WeChat and back, in at most 128 letters and digits."""

    until: int
    nonce: str
    invite: str

    def signed(self, key: bytes) -> str:
        return f"{self._head}{self._mac(key)}{self.invite}"

    @classmethod
    def read(cls, text: str, key: bytes) -> "State | None":
        """None for what we did not sign."""
        found = _STATE.fullmatch(text)
        if found is None:
            return None
        state = cls(int(found["until"], 16), found["nonce"], found["invite"])
        return state if hmac.compare_digest(state._mac(key), found["mac"]) else None

    @property
    def _head(self) -> str:
        return f"{self.until:08x}{self.nonce}"

    def _mac(self, key: bytes) -> str:
        return hmac.new(key, f"{self._head}{self.invite}".encode(), hashlib.sha256).hexdigest()[:32]


def page(text: str, *, link: str = "", label: str = say.BIND_BUTTON, status: int = 200) -> web.Response:
    """`text` as paragraphs, and a button where there is a `link`."""
    template = Template((Path(__file__).parent / "bind_page.html").read_text(encoding="utf-8"))
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    button = f'<a class="button" href="{escape(link)}">{label}</a>' if link else ""
    shown = template.substitute(title=say.BIND_TITLE, text=paragraphs, button=button)
    return web.Response(text=shown, content_type="text/html", status=status, headers=_HEADERS)
