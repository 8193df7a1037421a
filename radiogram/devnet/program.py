"""Finds the program of a local node, and asks whether it answers."""

from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from ape_ganache import program

from radiogram.deadline import Deadline, Session
from radiogram.errors import ProgramError

_ANSWER_SECONDS = 2.0


def find_program(name: str, *folders: Path) -> str:
    """The program: as the variable NAME_BIN says, or on PATH, or beside this Python, or in one of the folders."""
    try:
        return program.find_program(name, *folders)
    except program.ProgramMissing as error:
        raise ProgramError(str(error), name) from None


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
