"""What `web` does with the outbox, where it is asked to: systems store in it by DICOMweb, *Send images* shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogram.cli.options import NamedPath
from radiogram.cli.outbox import kept, receiving
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from radiogram.outbox.store import Outbox
    from radiogram.server.app import Listener
    from radiogram.server.stow import Store
    from radiogram.server.waiting import WaitingRoom

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Wanted:
    """What the options say."""

    token_file: Path | None
    is_shown: bool


@dataclass(frozen=True)
class Doors:
    """What is open."""

    store: Store | None = None
    waiting: WaitingRoom | None = None

    def lines(self, listener: Listener) -> list[str]:
        """For a person."""
        page, service = self._page(listener), self._service(listener)
        return [
            *(
                [f"Outbox        {page}", "              Whoever has this address reads what waits there."]
                if page
                else []
            ),
            *([f"DICOMweb      {service} (stores in the outbox)"] if service else []),
        ]

    def fields(self, listener: Listener) -> dict[str, Any]:
        return {"outboxPage": self._page(listener), "dicomweb": self._service(listener)}

    def _page(self, listener: Listener) -> str | None:
        """What stands behind # no browser sends anywhere."""
        return f"{listener.url}send.html#outbox={self.waiting.token}" if self.waiting else None

    def _service(self, listener: Listener) -> str | None:
        return f"{listener.url}dicomweb" if self.store else None


def outbox_options(command: F) -> F:
    """Gives the command `outbox`, as Wanted."""

    @click.option(
        "--receive-token-file",
        "token_file",
        type=NamedPath(dir_okay=False),
        metavar="FILE",
        help="Take studies into --account's outbox by DICOMweb (STOW-RS), of who has this token; made if missing.",
    )
    @click.option(
        "--outbox", "is_shown", is_flag=True, help="Show in Send images what waits in --account's outbox; unlocks it."
    )
    @wraps(command)
    def with_outbox(*args: Any, token_file: Path | None, is_shown: bool, **options: Any) -> Any:  # noqa: ANN401
        return command(*args, outbox=Wanted(token_file, is_shown), **options)

    return with_outbox  # type: ignore[return-value]


@contextmanager
def opened(session: Session, wanted: Wanted, max_request: int) -> Iterator[Doors]:
    """While it is open, no other process takes studies by DICOMweb. `max_request` is in bytes.

    Raises OutboxError, LockedError.
    """
    from radiogram.cli.outbox.token_file import token_in
    from radiogram.outbox.store import Door
    from radiogram.receiver.libraries import quiet_libraries
    from radiogram.server.stow import Store
    from radiogram.server.waiting import WaitingRoom

    with ExitStack() as stack:
        store = waiting = None
        if wanted.token_file:
            token = token_in(wanted.token_file, session.terminal)
            outbox = kept.made(session)
            quiet_libraries()
            stack.enter_context(outbox.receiving(Door.WEB))
            stack.enter_context(_swept(session, outbox))
            store = Store(outbox, token, session.terminal.note, max_request)
            stack.callback(store.close)
        if wanted.is_shown:
            kept.made(session)
            waiting = WaitingRoom(*kept.opened(session))
            stack.callback(waiting.close)
        yield Doors(store, waiting)


@contextmanager
def _swept(session: Session, outbox: Outbox) -> Iterator[None]:
    """Now and then, what has waited too long is deleted."""
    ended = threading.Event()

    def sweep() -> None:
        receiving.expire(session.terminal, outbox)
        while not ended.wait(receiving.SWEEP):
            receiving.expire(session.terminal, outbox)

    thread = threading.Thread(target=sweep, name="sweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
