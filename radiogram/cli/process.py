"""What every command asks of its process: streams that are open, no core dumps, and an end that nothing can abort."""

from __future__ import annotations

import atexit
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_IN_LIBRARIES = {"read-manifest"}  # as those name them who start them and do not wait
_UNSAID = 120  # Python's exit status where the last of what was said could not be written


def orderly(command: F) -> F:
    """`command` in a process that was prepared for it, and that ends although threads of it may be busy."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        open_closed_streams()
        forbid_core_dumps()
        try:
            result = command(*args, **kwargs)
        except BaseException as error:
            ignore_interrupts()
            if _is_busy():
                _leave(error)
            raise
        ignore_interrupts()
        if _is_busy():
            _leave(None)
        return result

    return run  # type: ignore[return-value]


def open_closed_streams() -> None:
    """A standard stream that the caller has closed (`<&-`) has nothing to read, and forgets what is written to it.

    Python has None in its place, and the next file that is opened would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - until the end


def ignore_interrupts() -> None:
    """After the last word Ctrl-C stops nothing: Ape's handler would raise while Python ends, which prints it."""
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, lambda *_: None)


def forbid_core_dumps() -> None:
    """Memory may hold keys and images. Below a page nothing is written to a file; 1 keeps Linux from piping it, too."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    limit = 0 if most == 0 else 1
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (limit, most))


def _is_busy() -> bool:
    """Whether a thread still runs that may be in a library that can't be left, as cryptography is."""
    return any(each.name in _IN_LIBRARIES for each in threading.enumerate())


def _leave(error: BaseException | None) -> None:
    """End as after `error`, but at once: Python, while it takes itself apart, would end such a thread, and the library
    then aborts the process.
    """
    with suppress(Exception):
        atexit._run_exitfuncs()
    status = _status(error)
    if isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, Exception) and not isinstance(error, (click.Abort, click.exceptions.Exit, BrokenPipeError)):
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or _UNSAID
    os._exit(status)


def _status(error: BaseException | None) -> int:
    match error:
        case None:
            return 0
        case click.ClickException() | click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            return 130
        case SystemExit() if isinstance(error.code, int):
            return error.code
        case _:
            return 1
