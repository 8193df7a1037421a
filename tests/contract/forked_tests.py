"""Runs the contract's tests many times, each in a fork of one process in which Ape is loaded and the project compiled.

Started by mutants.py in a copy of the project. Each line of standard input is a JSON object: `arguments` for pytest,
`environment` to add, and the file for the `output`; each line of standard output is the exit status of one run.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from ape import project
from hypothesis.internal.conjecture import engine


def run_in_fork(arguments: list[str], environment: dict[str, str], output: str) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with Path(output).open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ |= environment
    status = 1
    try:
        status = int(pytest.main(arguments, ["ape_test"]))
    finally:
        sys.stdout.flush()
        os._exit(status)


def main() -> None:
    statuses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Ape writes to standard output that it compiles
    assert project.ImageInbox.contract_type.deployment_bytecode
    engine.MAX_SHRINKING_SECONDS = 0  # that an example fails is enough
    for line in sys.stdin:
        statuses.write(f"{run_in_fork(**json.loads(line))}\n")
        statuses.flush()


if __name__ == "__main__":
    main()
