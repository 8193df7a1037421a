"""Finds the program of a local node, and asks whether it answers."""

import http.client
import os
import shutil
import sys
from pathlib import Path

from radiogram.errors import ProgramError


def find_program(name: str, *folders: Path) -> str:
    """The program: as the variable NAME_BIN says, or on PATH, or beside this Python, or in one of the folders."""
    named = os.environ.get(f"{name.upper()}_BIN")
    if named:
        found = shutil.which(named)
    else:
        places = [os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent), *map(str, folders)]
        found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise ProgramError(f"no program {named or name!r}", name)
    return str(Path(found).absolute())


def answers_http(port: int, path: str, body: str = "", method: str = "POST") -> bool:
    """Whether something on that port of 127.0.0.1 says 200 within two seconds. No proxy is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
