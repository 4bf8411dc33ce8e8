"""Work in a row: each step in threads of its own, a few items ahead of the next, so that none waits and memory stays bounded."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor


def ahead(function: Callable, items: Iterable, workers: int = 1) -> Iterator:
    """Apply a function to items in threads of its own, one result ahead for each thread, in the order of the items.

    `items` itself is walked in the caller's thread. What the function raises comes out here.
    """
    with ThreadPoolExecutor(workers) as pool:
        pending: deque = deque()
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
