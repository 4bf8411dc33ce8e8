"""Work in a row: in order, a few items ahead, and errors come out."""

import threading
import time

import pytest

from geoclass.core import streams


def test_results_come_in_order_and_only_a_few_ahead():
    running, most = [0], [0]
    lock = threading.Lock()
    started = []

    def work(item):
        with lock:
            started.append(item)
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002 * (item % 3))
        with lock:
            running[0] -= 1
        return item

    found = []
    for item in streams.ahead(work, range(30), 3):
        found.append(item)
        assert max(started) <= item + 3
    assert found == list(range(30)) and most[0] <= 3


def test_an_error_in_a_thread_reaches_the_caller():
    def work(item):
        if item == 2:
            raise ValueError("two")
        return item

    with pytest.raises(ValueError, match="two"):
        list(streams.ahead(work, range(5)))
