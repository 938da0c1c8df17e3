"""`python warm_server.py SOCKET OWNER`: starts commands as forks of a process that has imported the package already.

A command has a session, a folder, an environment and outputs of its own, and ends as a process does; it is spared the
imports alone, which take longer than many a command does. The server ends soon after the process with the number OWNER.
"""

import gc
import json
import os
import runpy
import shutil
import signal
import socket
import sys
from pathlib import Path

import psutil

import motion_transfer.chain
import motion_transfer.commands.evaluate
import motion_transfer.commands.train
import motion_transfer.commands.transfer  # noqa: F401
from motion_transfer.configuration.compose import compose_unresolved

LOOK_S = 0.5


def serve(path: str, owner: int) -> dict[str, list[str]]:
    """Return in a command's process, with what it is to run; the server itself never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    listener.settimeout(LOOK_S)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            if not psutil.pid_exists(owner):
                shutil.rmtree(Path(path).parent, ignore_errors=True)
                os._exit(0)
            continue
        connection.setblocking(True)
        if os.fork():
            connection.close()
            continue
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        said, outputs, _, _ = socket.recv_fds(connection, 1 << 20, 2)
        command = os.fork()
        if command:
            _keep(connection, command)
        connection.close()
        asked = json.loads(said)
        os.setsid()
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for descriptor, output in zip((1, 2), outputs, strict=True):
            os.dup2(output, descriptor)
            os.close(output)
        return asked


def _keep(connection: socket.socket, command: int) -> None:
    """Tell the number of the command's process and, when it has ended, its exit code."""
    connection.sendall(f"{command}\n".encode())
    _, status = os.waitpid(command, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    compose_unresolved("transfer", ["preset=draft"])  # as most of them ask; a process reads each file of configs/ once
    gc.freeze()  # what is imported stays shared
    asked = serve(sys.argv[1], int(sys.argv[2]))
    sys.argv = asked["words"]
    sys.path[:0] = [str(Path(sys.argv[0]).parent), *asked["environment"].get("PYTHONPATH", "").split(":")]
    runpy.run_path(sys.argv[0], run_name="__main__")
