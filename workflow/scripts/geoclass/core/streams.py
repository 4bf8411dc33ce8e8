"""Work in a row: each step in threads of its own, a few items ahead of the next, so that none waits and memory stays bounded.

A generator that reads in a thread owns that thread: whoever stops walking it in the middle has to close it, before what the thread
reads is closed. `walking` does so whatever happens.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def walking(items: Iterable) -> Iterator[Iterable]:
    """Give `items` to walk, and close them at the end, also where the walk ends early: no thread of theirs is left behind."""
    try:
        yield items
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


def ahead(function: Callable, items: Iterable, workers: int = 1) -> Iterator:
    """Apply a function to items in threads of its own, one result ahead for each thread, in the order of the items.

    `items` itself is walked in the caller's thread, and closed with this generator. What the function raises comes out here.
    """
    with walking(items), ThreadPoolExecutor(workers) as pool:
        pending: deque = deque()
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
