"""A progress bar for what takes over a second; `rich` is imported only when one is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from threading import Timer
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_SECONDS = 1.0

Item = TypeVar("Item")


def track(
    items: Sequence[Item], label: str, note: Callable[[], str] | None = None
) -> Iterator[Item]:
    """Yield the items, and show how far we are if that takes over a second.

    Nothing is shown unless standard error is a terminal. A single item shows a bar that moves
    without an end in sight. What `note` returns after an item is shown behind the label.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    shown: list[Progress] = []
    done = 0

    def show() -> None:
        from rich.console import Console
        from rich.progress import Progress

        bar = Progress(console=Console(stderr=True), transient=True)
        bar.add_task(label, total=len(items) if len(items) > 1 else None, completed=done)
        bar.start()
        shown.append(bar)

    timer = Timer(PATIENCE_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        for item in items:
            yield item
            done += 1
            for bar in shown:
                said = label if note is None else f"{label}, {note()}"
                bar.update(bar.task_ids[0], completed=done, description=said)
    finally:
        timer.cancel()
        timer.join()
        for bar in shown:
            bar.stop()
