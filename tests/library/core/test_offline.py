"""What packages would report of their use stays on the machine, and nothing of theirs appears in the home folder."""

import os
import subprocess
import sys
from pathlib import Path

from geoclass.core import library

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
REPORTING = {"onnxruntime", "openvino"}

# A session of ONNX Runtime and a conversion to OpenVINO, as jobs make them.
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
"""


def test_neither_onnx_runtime_nor_openvino_leave_anything_in_the_home_folder(tmp_path):
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
            assert "offline" in source[: min(source.index(f"import {name}") for name in named)], path


def test_every_script_switches_it_off():
    for path in SCRIPTS.glob("[!g]*/*.py"):
        assert SCRIPTS / "geoclass" / "core" / "offline.py" in library.modules_of(path), path
