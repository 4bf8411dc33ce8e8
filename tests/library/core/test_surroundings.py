"""What packages would report of their use stays on the machine, and nothing of theirs appears in the home folder."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from geoclass.core import library, surroundings

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
REPORTING = {"nncf", "onnxruntime", "openvino"}

# A session of ONNX Runtime, a conversion to OpenVINO and NNCF, as jobs use them.
USED = """
import sys
from geoclass.core import log
import onnx, onnxruntime, openvino
x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy")
graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10), sys.argv[1])
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
session.run(None, {"x": onnx.numpy_helper.to_array(onnx.helper.make_tensor("x", 1, [1], [1.0]))})
openvino.convert_model(sys.argv[1])
import nncf, nncf.telemetry
assert type(nncf.telemetry.telemetry).__name__ != "NNCFTelemetry"
"""


def test_onnx_runtime_openvino_and_nncf_leave_nothing_in_the_home_folder(tmp_path):
    (tmp_path / "home").mkdir()
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    run = subprocess.run(
        [sys.executable, "-c", USED, tmp_path / "a.onnx"], cwd=SCRIPTS, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "a.onnx").exists() and not list((tmp_path / "home").rglob("*"))


def test_whoever_needs_such_a_package_switches_it_off_before():
    for path in SCRIPTS.rglob("*.py"):
        named = REPORTING & {name.split(".")[0] for name in library.imports(path)}
        if named:
            source = path.read_text(encoding="utf-8")
            assert "surroundings" in source[: min(source.index(f"import {name}") for name in named)], path


def test_every_script_switches_it_off():
    for path in SCRIPTS.glob("[!g]*/*.py"):
        assert SCRIPTS / "geoclass" / "core" / "surroundings.py" in library.modules_of(path), path


# Files that name sources on another machine, which is this one: a raster called GeoTIFF, a virtual raster, and a layer of labels.
FETCHING = """
import sys
from geoclass.scenes import raster
from geoclass.scenes import regions
folder, address = sys.argv[1:]
source = f"<SimpleSource><SourceFilename>/vsicurl/{address}/a.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
band = f'<VRTRasterBand dataType="Byte" band="1">{source}</VRTRasterBand>'
virtual = f'<VRTDataset rasterXSize="9" rasterYSize="9"><GeoTransform>0,1,0,9,0,-1</GeoTransform>{band}</VRTDataset>'
named = f'<OGRVRTLayer name="a"><SrcDataSource>/vsicurl/{address}/a.geojson</SrcDataSource></OGRVRTLayer>'
layer = f"<OGRVRTDataSource>{named}</OGRVRTDataSource>"
service = f"<GDAL_WMS><Service name='WMS'><ServerUrl>{address}/wms?</ServerUrl><Layers>a</Layers></Service></GDAL_WMS>"
for name, text in (("a.tif", virtual), ("a.vrt", virtual), ("b.tif", service)):
    open(f"{folder}/{name}", "w").write(text)
    try:
        with raster.environment(), raster.opened(f"{folder}/{name}") as dataset:
            dataset.read(1)
    except OSError as error:
        print("refused", name, error)
    except Exception as error:
        print("not read", name)
open(f"{folder}/a.gpkg", "w").write(layer)
try:
    regions._read_polygons(f"{folder}/a.gpkg")
except ValueError as error:
    print("refused a.gpkg", error)
"""


def test_no_file_makes_the_workflow_fetch_another_one(tmp_path):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, "-c", FETCHING, tmp_path, f"http://127.0.0.1:{server.server_port}"]
        environment = {name: value for name, value in os.environ.items() if name not in surroundings.SWITCHES}
        run = subprocess.run(command, cwd=SCRIPTS, env=environment, capture_output=True, text=True)
        server.shutdown()
    assert not asked and run.returncode == 0, run.stderr
    for name in ("a.tif", "b.tif"):
        assert f"refused {name} {tmp_path}/{name}: not a readable raster" in run.stdout
    assert "not read a.vrt" in run.stdout or "refused a.vrt" in run.stdout
    assert "a.gpkg: it only names other sources, expected the features themselves" in run.stdout
    assert not run.stderr  # and nothing is said that no user needs to know
