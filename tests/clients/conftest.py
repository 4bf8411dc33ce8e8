"""A small run with awkward names, for every client; what they made of it goes to docs/clients.md."""

import os
from pathlib import Path

import client_table
import hostile
import pytest

from geoclass.core import tables
from geoclass.labelling.store import LabelStore


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Return the results of the run; CLIENT_RESULTS names those of an earlier one."""
    given = os.environ.get("CLIENT_RESULTS")
    return Path(given) if given else hostile.make(tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="session")
def classes(results):
    """Return the table of classes."""
    return hostile.classes(results.parent)


@pytest.fixture(scope="session")
def class_map(results):
    """Return the class map of the last date."""
    return results / "maps" / hostile.MODEL / f"{hostile.DATES[-1]}_class.tif"


def pytest_configure(config):
    config.addinivalue_line("markers", "reads(client, *products): the client, of which the test has read which products")
    config.addinivalue_line("markers", "converts(client, command, seen, right): what a client does to a class map")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Note how the tests of each client ended."""
    outcome = yield
    report = outcome.get_result()
    if report.failed or report.when == "call":
        for mark in item.iter_markers():
            if mark.name in client_table.KINDS:
                client_table.note(mark, report.passed)


def pytest_sessionfinish(session):
    """Write the page when all clients have been asked."""
    if client_table.asked_all():
        client_table.write()


@pytest.fixture(scope="session")
def store(results, classes, tmp_path_factory):
    """Return a store of labels with a few tiles."""
    path = tmp_path_factory.mktemp("store") / "store.gpkg"
    tiles = tables.read(str(results / "tiles" / f"{hostile.DATES[0]}.parquet"), ["tile_id", "scene", "geometry"]).head(20)
    crs = tables.read_metadata(str(results / "tiles" / f"{hostile.DATES[0]}.parquet"))["scene"]["crs_wkt"]
    with LabelStore.create(path, classes, crs) as opened:
        opened.set_labels(tiles.assign(class_id=[1 + n % len(classes) for n in range(len(tiles))]), "somebody")
    return path
