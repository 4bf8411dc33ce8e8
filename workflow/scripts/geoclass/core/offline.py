"""Nothing leaves the machine unasked: what packages would report of their use is switched off, in this process and those it starts.

ONNX Runtime writes an identifier of the machine into the home folder and queues events with the path of the interpreter for a host
outside; OpenVINO's conversion of models does likewise. This module acts when it is imported, which has to be before either of the two.
"""

import os
import sys

SWITCHES = {"ORT_DISABLE_TELEMETRY": "1"}  # a user who has set one otherwise is heard

for name, value in SWITCHES.items():
    os.environ.setdefault(name, value)
# OpenVINO's own opt-out is a file in the home folder; where the package cannot be imported OpenVINO is silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
