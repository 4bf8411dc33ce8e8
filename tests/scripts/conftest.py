"""Three networks trained once on a tiny labelled series, for all tests of what comes after."""

import labelled_series
import pytest
import trained_series


@pytest.fixture(scope="session")
def series(tmp_path_factory):
    return labelled_series.write(tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="session")
def trained(series, tmp_path_factory):
    """Return the folder of the three model folders."""
    folder = tmp_path_factory.mktemp("models")
    trained_series.train(series, folder)
    return folder
