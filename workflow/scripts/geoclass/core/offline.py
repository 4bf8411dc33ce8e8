"""Nothing leaves the machine unasked: reports of packages and fetching by file are switched off, in this process and those it starts.

ONNX Runtime writes an identifier of the machine into the home folder and queues events with the path of the interpreter for a host
outside; OpenVINO's conversion of models does likewise. A raster or a layer of labels may name sources on other machines, which GDAL
would fetch when the file is opened. This module acts when it is imported, which has to be before any of these packages.
"""

import os
import sys

# A user who has set one of these otherwise is heard.
SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing-is-fetched",  # of all files behind /vsicurl and its kin
}

for name, value in SWITCHES.items():
    os.environ.setdefault(name, value)
# OpenVINO's own opt-out is a file in the home folder; where the package cannot be imported OpenVINO is silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
