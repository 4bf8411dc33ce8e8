"""The log of a job: one file a job, one line an event, one sentence for a user's mistake."""

import logging
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geoclass.core import streams, surroundings

logger = logging.getLogger("geoclass")


FINAL = "Not tried again: the input is at fault, and another attempt would end in the same way."
GRACE_S = 20  # for a job that is told to end; Slurm waits for 30 s before it kills


@contextmanager
def job(path: str | Path, attempt: int = 1) -> Iterator[None]:
    """Run a script's work under a log file, and end it with one sentence when the input is at fault.

    `ValueError` and `OSError` are the user's to mend: their message goes to the log and the job ends with exit code 1 and no
    traceback. Anything else is a defect of ours: its traceback goes to the log and is raised. A job that is told to end (SIGTERM, as
    Snakemake and schedulers do, or Ctrl-C) takes its unfinished files with it; if it cannot, it is killed after `GRACE_S`.

    Parameters
    ----------
    path
        The log.
    attempt
        Which attempt at the job this is. A later one ends at once where an earlier one found the input at fault.
    """
    if attempt > 1 and _is_final(Path(path)):
        sys.exit(Path(path).read_text(encoding="utf-8"))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    root, before = logging.getLogger(), logging.getLogger().level
    handlers: list[logging.Handler] = [logging.FileHandler(path, mode="w", encoding="utf-8"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table of a font that goes into a PDF
    logging.captureWarnings(True)
    told = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell
        told.remove(signal.SIGINT)
    previous = {number: signal.signal(number, _end) for number in told}
    for name, value in surroundings.LEFT_OUT.items():
        logger.info("%s=%s left out: coordinate systems come from the database of this environment", name, value)
    try:
        yield
    except (ValueError, OSError) as error:
        logger.error("Error: %s", error)
        if isinstance(error, ValueError):  # what the system refuses may go well the next time
            logger.info(FINAL)
        sys.exit(1)
    except KeyboardInterrupt:
        logger.error("Ended by Ctrl-C; run the same command again to go on")
        sys.exit(128 + signal.SIGINT)
    except Exception:
        logger.exception("Unexpected error: a defect of the workflow, please report it with this log")
        raise
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
        logging.captureWarnings(False)
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _end(number: int, _: object) -> None:
    signal.alarm(GRACE_S)  # where Python ignores the exit, as in a destructor, or a library keeps a lock, the system ends the job
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    logger.error("Ended by a signal (SIGTERM); run the same command again to go on")
    sys.exit(128 + signal.SIGTERM)


def _is_final(path: Path) -> bool:
    """Return whether the log of an earlier attempt says that another one would be in vain."""
    return path.is_file() and path.read_text(encoding="utf-8").rstrip().endswith(FINAL)


def progress(items: Iterable, total: int, what: str, every_s: float = 10.0) -> Iterator:
    """Pass `items` on and log how many of `total` are done, the rate and the time that remains, every `every_s` seconds.

    `items` are closed with this generator.
    """
    start = last = time.monotonic()
    with streams.walking(items):
        for done, item in enumerate(items, 1):
            yield item
            now = time.monotonic()
            if now - last >= every_s:
                last = now
                rate = done / (now - start)
                logger.info("%s: %d of %d, %.1f per s, %.0f s remain", what, done, total, rate, (total - done) / rate)
