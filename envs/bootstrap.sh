#!/usr/bin/env bash
# Make .venv with everything that the demo, the tests and everyday work on one machine need; quick when nothing changed.
# GDAL's Python bindings are built against the system's libgdal, so a few system packages are installed first where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { echo "set-up: $1" >&2; exit 1; }

python=${PYTHON:-python3}
packages=()
command -v "$python" >/dev/null || packages+=(python3)
command -v gdal-config >/dev/null || packages+=(libgdal-dev)
command -v gdaltransform >/dev/null || packages+=(gdal-bin) # the tests ask GDAL's own tools where things lie
command -v g++ >/dev/null || packages+=(g++)
if command -v "$python" >/dev/null; then
    "$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
    [ -f "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || packages+=(python3-dev)
fi
if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; } ||
        stop "system packages ${packages[*]} are missing and may not be installed from here; run: sudo apt-get install ${packages[*]}"
    echo "set-up: installing system packages ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version) found, expected Python 3.11 or newer; name one with PYTHON=/path/to/python3"

gdal=$(gdal-config --version)
wanted=$(cat requirements.txt requirements-dev.txt "$0" | sha256sum; echo "$gdal"; "$python" --version)
[ "$(cat .venv/.ready 2>/dev/null)" != "$wanted" ] || exit 0

echo "set-up: making .venv (a few minutes; pip needs about two, uv about ten seconds)"
"$python" -m venv .venv
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }
if command -v uv >/dev/null; then install() { uv pip install --quiet --python .venv/bin/python "$@"; }; else install() { pip install "$@"; }; fi

# PyTorch goes first and with pip. Without an NVIDIA GPU the CPU build is taken, a tenth of the size: from where pip already looks, else
# from PyTorch's own index. The ranges that follow are satisfied by it, so nothing replaces it.
torch=$(grep '^torch==' requirements.txt)
if command -v nvidia-smi >/dev/null; then
    pip install "$torch"
else
    pip install "$torch+cpu" 2>/dev/null || pip install "$torch+cpu" --extra-index-url https://download.pytorch.org/whl/cpu
fi
install -r requirements-dev.txt
pip install --no-build-isolation "gdal==$gdal"
echo "$wanted" >.venv/.ready
