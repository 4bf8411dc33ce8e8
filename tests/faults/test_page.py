"""The labelling page under twenty clients, kills, a replaced file, a full disk and lost connections: no confirmed label is lost."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import disks
import label_series
import recording
from disturbed import SERVE

from geoclass.core import surface_classes, tables
from geoclass.labelling.store import LabelStore

CLIENTS, CHANGES = 20, 40  # changes of each


class Server:
    """The server of the page as a process, at one port, which can be killed and started again."""

    def __init__(self, folder):
        self.folder, self.used, self.entering = folder, set(), threading.Lock()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        command = [sys.executable, "-c", SERVE, self.folder, str(self.port)]
        scripts = recording.ROOT / "workflow" / "scripts"
        with open(self.folder / "server.log", "a") as log:
            self.process = subprocess.Popen(command, cwd=scripts, stdout=log, stderr=subprocess.STDOUT)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        self.start()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, (self.folder / "server.log").read_text()[-2000:]

    def token(self):
        """Return a token that lets one more browser in; None where the server has none yet."""
        found = re.findall(r"token=(\S+)", (self.folder / "server.log").read_text())
        if not found or found[-1] in self.used:
            return None
        self.used.add(found[-1])
        return found[-1]


class Client(threading.Thread):
    """Someone who labels split-images of their own, one after the other, and sends each change again until it is confirmed."""

    def __init__(self, number, server, names):
        super().__init__(daemon=True)
        self.name, self.server, self.names, self.rng = f"client{number}", server, names, random.Random(number)
        self.cookie, self.confirmed, self.answers, self.lost = "", [], [], 0

    def ask(self, method, path, content=None):
        """Return status, headers and content of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            headers = {"cookie": self.cookie, "x-author": self.name, "content-type": "application/json"}
            connection.request(method, path, None if content is None else json.dumps(content), headers)
            if content is not None and self.rng.random() < 0.05:  # the connection is lost before the answer
                time.sleep(self.rng.uniform(0, 0.02))
                connection.sock.shutdown(socket.SHUT_RDWR)
                self.lost += 1
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def enter(self):
        """Open the latest address that the server has printed, as a new browser does."""
        with self.server.entering:
            token = self.server.token()
            if token:
                status, headers, _ = self.ask("GET", f"/?token={token}")
                if status == 303:
                    self.cookie = headers["set-cookie"].split(";")[0]
        if not token:
            time.sleep(0.05)

    def run(self):
        classes = [entry["class_id"] for entry in label_series.CLASSES]
        for number in range(CHANGES):
            turn, place = divmod(number, len(self.names))
            name, class_id = self.names[place], classes[turn % len(classes)]  # another class at each turn
            change = f"{self.name}-{number}"
            sent = {"tile_ids": [name], "class_id": class_id, "note": change, "change": change}
            status = None
            while status != 200:
                try:
                    status, *_ = self.ask("POST", "/api/labels", sent)
                except (OSError, http.client.HTTPException):
                    status = "no answer"
                    time.sleep(self.rng.uniform(0, 0.1))
                self.answers.append(status)
                if status == 401:
                    with suppress(OSError, http.client.HTTPException):
                        self.enter()
                elif status not in (200, "no answer"):
                    time.sleep(0.05)
            self.confirmed.append((name, class_id, change))


def labelled(stores):
    """Return notes that any of some stores has ever held, and the last class of each tile in the newest of them that has one."""
    notes, last = set(), {}
    for path in stores:
        with LabelStore(path) as store:
            notes |= set(store.history(last=10**6)["note"].dropna())
            last |= dict(store.labels()[["tile_id", "class_id"]].to_numpy().tolist())
    return notes, last


def until(clients, n, answered=None):
    """Wait until the clients have n confirmed changes, or one of them a certain answer."""
    for _ in range(60_000):  # ten minutes: the machine may be busy
        if answered is None and sum(len(client.confirmed) for client in clients) >= n:
            return
        if answered is not None and any(answered in client.answers for client in clients):
            return
        time.sleep(0.01)
    raise TimeoutError([(client.name, len(client.confirmed), client.answers[-5:]) for client in clients])


def test_twenty_clients_lose_no_confirmed_label(tmp_path):
    store = tmp_path / "store" / "labels.gpkg"
    store.parent.mkdir()
    label_series.write(tmp_path, models=())
    names = [name for scene in "ab" for name in tables.read(tmp_path / "results" / "tiles" / f"{scene}.parquet")["tile_id"]]
    with disks.small(store.parent, "16m"):
        server = Server(tmp_path)
        clients = [Client(number, server, names[number::CLIENTS]) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        until(clients, 100)
        server.kill()
        until(clients, 250)
        other = store.with_name("other.gpkg")
        with LabelStore.create(other, surface_classes.read(tmp_path / "classes.tsv"), None):
            pass
        os.replace(other, store)  # as a version control or a sync client does
        until(clients, 0, answered=409)
        until(clients, 400)
        filler = store.with_name("filler")
        with suppress(OSError), open(filler, "wb", buffering=0) as stream:
            for size in (1 << 16, 1 << 12):
                with suppress(OSError):
                    while True:
                        stream.write(bytes(size))
        until(clients, 0, answered=503)
        filler.unlink()
        until(clients, 550)
        server.kill()
        for client in clients:
            client.join(600)
            assert len(client.confirmed) == CHANGES, client.answers[-5:]
        server.stop()
        replaced = sorted(store.parent.glob("labels.replaced-*.gpkg"))
        notes, last = labelled([*replaced, store])
    kept = ["kept" if change in notes else "lost" for client in clients for _, _, change in client.confirmed]
    said = {name: class_id for client in clients for name, class_id, _ in client.confirmed}
    n_lost = sum(client.lost for client in clients)
    recording.add("page", "confirmed labels of 20 clients", kept)
    recording.add(
        "page", "last class of a split-image", ["as confirmed" if last.get(k) == v else "other" for k, v in said.items()]
    )
    disturbances = ["kill -9"] * 2 + ["file replaced", "disk full"] + ["connection lost"] * n_lost
    recording.add("page", "disturbances", disturbances)
    assert len(replaced) == 1 and n_lost and set(kept) == {"kept"} and len(kept) == CLIENTS * CHANGES
    assert {name: last.get(name) for name in said} == said
    assert not {500, 502} & {answer for client in clients for answer in client.answers}
