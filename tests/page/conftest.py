"""A simulated series, the server of the labelling page as a user starts it, and a browser that looks at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import label_series
import numpy as np
import psutil
import pytest
import rasterio
from browsing import until
from playwright.sync_api import sync_playwright

from geoclass.core import surface_classes, tables

ROOT = Path(__file__).parents[2]
SETTINGS = """
simulate_series: {height_px: 768, width_px: 768, spacing_m: 4}
tile_scene: {height_px: 36, width_px: 48}
split_labels: {scheme: random, shares: [0.5, 0.5, 0]}
train_variomlp: {epochs: 5, augmentation: []}
label: {store: mine/labels.gpkg, port: 0}
collect_labels: {sources: [mine/labels.gpkg]}
"""


class Server:
    """`snakemake label` in a folder; its address is read off what it prints."""

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def command(self, *targets):
        run = [sys.executable, "-m", "snakemake", *targets, "--snakefile", ROOT / "Snakefile", "--directory", self.folder]
        return list(map(str, [*run, "--configfile", self.folder / "mine.yaml", "--nolock", "--cores", "2"]))

    def start(self):
        with open(self.folder / "server.log", "w") as log:
            self.process = subprocess.Popen(self.command("label"), cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)
        port = self.address().split("?")[0].rstrip("/").rsplit(":", 1)[1].split("/")[0]
        settings = self.folder / "mine.yaml"  # the same port again, as a user has it: a browser keeps what waits by address
        settings.write_text(settings.read_text().replace("port: 0", f"port: {port}"))

    def address(self):
        """Return the latest address; each lets one browser in."""
        for _ in range(1200):
            found = re.findall(r"Open  (http\S+)", (self.folder / "server.log").read_text())
            if found:
                return found[-1]
            assert self.process.poll() is None, (self.folder / "server.log").read_text()[-4000:]
            time.sleep(0.25)
        raise TimeoutError((self.folder / "server.log").read_text()[-4000:])

    def kill(self):
        """End the server as a lost node or a full memory would."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if "label.py" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
        self.process.wait(60)

    def stop(self):
        for child in psutil.Process(self.process.pid).children(recursive=True):
            child.send_signal(signal.SIGINT)
        self.process.wait(60)


@pytest.fixture(scope="session")
def series(tmp_path_factory):
    """Return a folder with the simulated series, tiled, and predictions of two models: the truth, with doubts."""
    folder = tmp_path_factory.mktemp("series")
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "mine.yaml").write_text(SETTINGS)
    server = Server(folder)
    server.start()
    server.stop()
    classes = surface_classes.read(folder / "config" / "classes.tsv")
    label_series.CLASSES[:] = classes.drop(columns="description").to_dict("records")
    for path in sorted((folder / "results" / "tiles").glob("*.parquet")):
        frame = tables.read(path, ["tile_id", "row_px", "column_px"])
        with rasterio.open(folder / "results" / "simulated" / f"truth_{path.stem}.tif") as truth:
            middles = [
                truth.read(1, window=((r + 18, r + 19), (c + 24, c + 25)))[0, 0]
                for r, c in frame[["row_px", "column_px"]].to_numpy()
            ]
        for number, model in enumerate(("resnet18", "variomlp")):
            rng = np.random.default_rng(number)
            shares = rng.uniform(0, 1, (len(frame), len(classes)))
            shares[np.arange(len(frame)), np.clip(np.array(middles) - 1, 0, len(classes) - 1)] += rng.uniform(1, 60, len(frame))
            label_series.write_predictions(
                folder / "results", path.stem, model, frame["tile_id"], shares / shares.sum(1, keepdims=True)
            )
    return folder


@pytest.fixture(scope="session")
def running(series):
    """Return a server over an empty store."""
    server = Server(series)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running):
    """Return the server, without a label."""
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        client.get(running.address()).raise_for_status()
        client.post(f"{running.address().split('?')[0]}api/labels/restore", json={"entry": 0}, headers={"x-author": "nobody"})
    return running


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "no chromium, expected Debian's; run make test-page as root, which installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, server):
    """Return a function that opens the page in a browser of its own; what goes wrong in any of them fails the test."""
    contexts, troubles = [], []

    def answer(dialog):
        leaving = dialog.type == "beforeunload"  # while changes wait
        if not leaving and "have another class from a person" not in dialog.message:
            troubles.append(f"dialog: {dialog.message}")
        dialog.accept()  # the page stands still until then

    def opened(width=1400, height=900, helped=True):
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        if helped:
            context.add_init_script("try { localStorage.setItem('helped', 'yes') } catch {}")  # an error page keeps nothing
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", answer)
        page.on("request", lambda request: troubles.append(request.url) if not is_ours(request.url) else None)
        page.goto(server.address())
        until(page, "document.querySelector('#class-total').textContent")
        until(page, "document.querySelectorAll('.leaflet-tile-loaded').length")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles


def is_ours(url):
    return url.startswith(("http://127.0.0.1:", "data:"))
