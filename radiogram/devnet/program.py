"""Finds the program of a local node, and asks whether it answers."""

import os
import shutil
import sys
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from radiogram.deadline import Deadline, Session
from radiogram.errors import ProgramError

_ANSWER_SECONDS = 2.0


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
    try:
        with Deadline(_ANSWER_SECONDS) as deadline, Session() as session, deadline.waiting():
            session.trust_env = False
            headers = {"Content-Type": "application/json"}
            with session.request(
                method, f"http://127.0.0.1:{port}{path}", data=body, headers=headers, allow_redirects=False, stream=True
            ) as response:
                return response.status_code == HTTPStatus.OK
    except (OSError, HTTPException):  # of which requests' own are the first
        return False
