"""Work in a row: in order, a few items ahead, and errors come out."""

import threading
import time

import pytest

from geoclass.core import log, streams


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


@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_who_stops_in_the_middle_leaves_no_thread_behind(stop):
    before, closed = threading.active_count(), []

    def source():
        try:
            yield from range(30)
        finally:
            closed.append(True)

    def slow(item):
        time.sleep(0.02)
        return item

    chain = log.progress(streams.ahead(slow, streams.ahead(slow, source(), 2), 2), 30, "items")
    with pytest.raises(type(stop)), streams.walking(chain) as work:
        for item in work:
            if item == 3:
                raise stop
    # The error is still held, and with it every frame that walked: what closes only with them would still be running.
    assert threading.active_count() == before and closed == [True]
    with streams.walking([1, 2]) as plain:
        assert list(plain) == [1, 2]
