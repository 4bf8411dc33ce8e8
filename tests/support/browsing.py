"""Waiting for a page in a browser."""

import time


def until(page, expression, argument=None, seconds=60):
    """Wait until something holds in the page; Playwright's own waiting would need rights that the page does not give."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, (
            f"{expression} ({argument}): not within {seconds} s; the page says: {page.inner_text('#hint')}"
        )
        page.wait_for_timeout(50)
