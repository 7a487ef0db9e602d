"""Progress on a terminal: bars on standard error, nothing at all when it is not one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[int, int], None]
"""Called with how many are done, of how many."""


@contextmanager
def bars() -> Iterator[Callable[[str], Step]]:
    """Gives a maker of bars: each has its label, and shows from its first step on."""
    if not sys.stderr.isatty():
        yield lambda _label: _silent
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:

        def bar(label: str) -> Step:
            task = progress.add_task(label, total=None, start=False, visible=False)

            def step(done: int, total: int) -> None:
                progress.start_task(task)
                progress.update(task, completed=done, total=total, visible=True)

            return step

        yield bar


def _silent(_done: int, _total: int) -> None:
    return
