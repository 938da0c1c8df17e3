#!/bin/sh
# Make the environment in $1 with everything that the product and its tests need. Safe to run again.
set -eu
venv=$1

version_of() { # the version of a Python that runs, such as 3.11; nothing where it does not
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

python=${PYTHON:-}
if [ -z "$python" ]; then # the landmark detector has no wheels for other versions
    for candidate in python3.11 python3.12 python3; do
        case $(version_of "$candidate") in
        3.11 | 3.12)
            python=$candidate
            break
            ;;
        esac
    done
fi

as_root() { # run apt only where that is allowed without asking
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

if [ -z "$python" ]; then
    echo "expected Python 3.11 or 3.12 on the PATH, found neither; as root: apt-get install python3.12 python3.12-venv (or python3.11 python3.11-venv)" >&2
    exit 2
fi
version=$(version_of "$python")
case $version in
3.11 | 3.12) ;;
*)
    echo "expected Python 3.11 or 3.12 (the landmark detector has no wheels for others), got $python (${version:-does not run}); name another: make PYTHON=python3.11 ..." >&2
    exit 2
    ;;
esac

if ! "$python" -c 'import ensurepip' 2>/dev/null; then # Debian and Ubuntu keep it in a package of its own
    if ! { command -v apt-get >/dev/null 2>&1 && as_root apt-get update -q && as_root apt-get install -qy "python$version-venv"; }; then
        echo "expected Python's venv module, found none; as root: apt-get install python$version-venv" >&2
        exit 2
    fi
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt -e ".[dev]"

# OpenCV's desktop build needs two system libraries that a bare server lacks; its headless build of the same version does not.
if ! "$venv/bin/python" -c 'import cv2' 2>/dev/null; then
    version=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("opencv-contrib-python"))')
    echo "OpenCV's desktop build finds no libGL or glib here: laying the headless build $version over it"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "opencv-contrib-python-headless==$version"
fi
"$venv/bin/python" -c 'import cv2' || {
    echo "OpenCV does not load; as root: apt-get install libgl1 libglib2.0-0" >&2
    exit 2
}
