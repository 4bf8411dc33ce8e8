"""The log of a job: a sentence for a mistake, and no second attempt that would be in vain."""

import pytest

from geoclass.core import log


def attempt(path, number, error=None):
    """Run a job that may fail; return its exit code, or None where it ended well."""
    try:
        with log.job(path, number):
            path.with_name("worked").touch()
            if error:
                raise error
    except SystemExit as end:
        return end.code
    return None


def test_a_mistake_of_the_user_is_one_sentence_and_is_not_tried_again(tmp_path):
    path, worked = tmp_path / "a.log", tmp_path / "worked"
    assert attempt(path, 1, ValueError("a.tif: 3 bands, expected 1")) == 1
    assert "Error: a.tif: 3 bands, expected 1" in path.read_text() and "Traceback" not in path.read_text()
    worked.unlink()
    assert "a.tif: 3 bands" in attempt(path, 2) and not worked.exists()
    assert attempt(path, 1) is None and worked.exists()  # a new run begins anew


@pytest.mark.parametrize("error", [OSError("disk full"), MemoryError()])
def test_what_may_go_well_the_next_time_is_tried_again(tmp_path, error):
    path = tmp_path / "a.log"
    if isinstance(error, MemoryError):
        with pytest.raises(MemoryError):
            attempt(path, 1, error)
    else:
        assert attempt(path, 1, error) == 1
    assert attempt(path, 2) is None
