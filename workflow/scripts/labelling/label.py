"""Serve the labelling page on this machine until it is stopped."""

import getpass
import socket
from contextlib import suppress
from pathlib import Path

import uvicorn

from geoclass.core import files, log, surface_classes
from geoclass.labelling.access import Access
from geoclass.labelling.changes import Changes
from geoclass.labelling.scene_data import Scenes
from geoclass.labelling.server import application
from geoclass.labelling.store import LabelStore
from geoclass.labelling.views import Views

HOST = "127.0.0.1"  # this machine alone; from elsewhere through an SSH tunnel


def label(
    results: str, scenes: list[str], labelled: list[str], classes: str, given: str, store: str, port: int, page: str
) -> None:
    """Serve the page.

    Parameters
    ----------
    results
        Folder of the results; scenes, tiles and vario functions must be there, predictions may.
    scenes
        Scenes of the series.
    labelled
        Those whose labels are used for training.
    classes
        TSV of the classes that holds. Changes made in the page are written to a table of its own, see `surface_classes.of_page`.
    given
        TSV of the classes that the settings name; of what it is now a copy is kept beside the page's own.
    store
        GeoPackage of the labels; made if there is none.
    port
        Port to serve at; 0 for any that is free.
    page
        Folder of the page's files.

    Raises
    ------
    ValueError
        No scene, a file that is no store of labels, or labels of a class that the table lacks.
    OSError
        The store or the port cannot be opened.
    """
    if not scenes:
        raise ValueError("the table of scenes: no scene, expected at least one to label tiles of; add a row")
    table, series, taken = surface_classes.read(classes), Scenes(results, scenes), Path(given).read_bytes()
    if not Path(store).exists():
        LabelStore.create(store, table, series.facts(scenes[0]).get("crs_wkt")).close()
        log.logger.info("%s: made, no labels yet", store)
    with LabelStore(store) as labels, _listening(port) as listening:
        if not table[surface_classes.COLUMNS].equals(labels.classes.frame()[surface_classes.COLUMNS]):
            labels.classes.take_over(table, classes)
        changes = Changes(series, labels, lambda: _write(labels, store, classes, taken))
        app = application(Views(series, labels, labelled), changes, page, _user())
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        log.logger.info("%d labels in %s; serving the page at the address below, end with Ctrl-C", len(labels.labels()), store)
        guarded = Access(app, lambda token: print(f"\n  Open  {address}?token={token}\n", flush=True))
        settings = uvicorn.Config(
            guarded, log_config=None, log_level="warning", access_log=False, server_header=False, lifespan="off"
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listening])
        log.logger.info("stopped; %d labels in %s", len(labels.labels()), store)


def _listening(port: int) -> socket.socket:
    """Return a socket at a port."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or every answer waits 40 ms for the browser's receipt
    try:
        listening.bind((HOST, port))
        listening.listen()  # from now on a browser that comes early waits
    except OSError as error:
        listening.close()
        raise OSError(f"port {port}: {error.strerror}, expected a free one; stop what uses it or set label/port") from None
    return listening


def _write(labels: LabelStore, store: str, like: str, taken: bytes) -> None:
    """Write the list of classes to the page's own table, which the workflow reads from then on, and of what it was made beside it."""
    own = surface_classes.of_page(store)
    try:
        with files.replacing(surface_classes.taken_by_page(store)) as temporary:
            temporary.write_bytes(taken)
        labels.classes.write(own, like)
    except OSError as error:
        raise OSError(f"{own}: {error.strerror}; no class has changed, make sure that it can be written") from None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, in a container
        return "unknown"


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        label(
            results=str(Path(snakemake.log[0]).parents[1]),
            scenes=snakemake.params.scenes,
            labelled=snakemake.params.labelled,
            classes=snakemake.input.classes,
            given=snakemake.params.given,
            store=snakemake.params.store,
            port=snakemake.params.port,
            page=str(Path(__file__).parents[2] / "page"),
        )
