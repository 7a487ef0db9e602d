"""Where the machine's Chromium is, and how to start it: no sandbox (root in CI), no calls home."""

import os
import shutil
from pathlib import Path

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

ABSENT = (
    "no Chromium here: set CHROMIUM to its path, or install Debian's packages chromium and fonts-noto-cjk"
)


def find_chromium() -> str | None:
    """The path of the browser: the variable CHROMIUM, Debian's place, or what is on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    if Path("/usr/bin/chromium").exists():
        return "/usr/bin/chromium"
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
