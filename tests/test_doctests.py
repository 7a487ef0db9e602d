"""Examples in docstrings are what the code does."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import bot
import handlers
import knowledge
import storage


def _modules(room: ModuleType) -> list[str]:
    found = pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
    return [
        module.name
        for module in found
        if ".migrations." not in module.name and not module.name.endswith("__main__")
    ]


MODULES = [name for room in (bot, handlers, knowledge, storage) for name in _modules(room)]


@pytest.mark.parametrize("room", ["bot", "handlers", "knowledge"])
def test_examples_hold(room: str) -> None:
    tried = 0
    for name in MODULES:
        if name.startswith(f"{room}."):
            result = doctest.testmod(importlib.import_module(name), raise_on_error=False)
            assert result.failed == 0, name
            tried += result.attempted
    assert tried > 0
