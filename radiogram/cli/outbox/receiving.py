"""What `receive` tells and does while it runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from radiogram.cli.session import Session
from radiogram.cli.terminal import Terminal, fail

if TYPE_CHECKING:
    from radiogram.outbox.store import Outbox
    from radiogram.receiver.provider import Terms
    from radiogram.receiver.server import Server

_TICK = 1.0  # seconds
SWEEP = 600.0  # seconds between two looks for what has waited too long
_DAY = 86400.0  # seconds
_MAX_TITLE = 16  # PS3.5, 6.2: AE


def checked_titles(titles: Sequence[str]) -> tuple[str, ...]:
    """AE titles; stops at one that is none."""
    stripped = tuple(each.strip() for each in titles)
    for each in stripped:
        if not (0 < len(each) <= _MAX_TITLE and each.isascii() and each.isprintable() and "\\" not in each):
            fail(f"{each!r} is no AE title: it has 1 to {_MAX_TITLE} characters of ASCII, without a backslash")
    return stripped


def warn(terminal: Terminal, wanted: bool, *, is_private: bool, calling: Sequence[str]) -> None:
    """Only who asks for it lets other machines send."""
    if not wanted:
        fail("with this --host other machines could send to your outbox: say --open-to-network if they may")
    if not is_private:
        terminal.note("WARNING: whoever listens on the network reads what is sent: use --tls-cert, or a network apart.")
    if not calling:
        terminal.note("WARNING: whoever reaches this port can send: name those who may with --from-ae or --tls-ca.")


def announce(session: Session, outbox: Outbox, server: Server, terms: Terms, *, is_private: bool) -> None:
    host, port = server.server_address[:2]
    session.terminal.result(
        {
            "host": host,
            "port": port,
            "ae_titles": list(terms.titles),
            "from_ae": list(terms.calling),
            "tls": is_private,
            "account": outbox.key.account,
            "outbox": str(outbox.folder),
        }
    )
    session.terminal.say(
        f"AE title  {', '.join(terms.titles)}",
        f"Address   {host}, port {port}{', TLS' if is_private else ''}",
        f"From      {', '.join(terms.calling) or 'any AE title'}",
        f"Outbox    {outbox.folder}, encrypted to {outbox.key.account}",
        "Stop with Ctrl-C.",
    )
    sys.stdout.flush()


def expire(terminal: Terminal, outbox: Outbox) -> None:
    """Delete what has waited too long, and say so."""
    from radiogram.errors import RadiogramError

    keep_days = outbox.keep_days
    try:
        gone = outbox.expire(time.time() - keep_days * _DAY)
    except RadiogramError as error:  # it is tried again, and whoever sends is answered meanwhile
        terminal.note(f"What has waited too long is not deleted: {error.message}")
        return
    if gone:
        terminal.note(f"Deleted what waited for {keep_days:g} days and was not sent: studies, {gone}")


def tend(terminal: Terminal, outbox: Outbox, tasks: Sequence[Callable[[], None]]) -> NoReturn:
    """What is to be done now and then, until a signal ends it."""
    swept = -SWEEP
    while True:
        for each in tasks:
            each()
        if time.monotonic() - swept >= SWEEP:
            swept = time.monotonic()
            expire(terminal, outbox)
        time.sleep(_TICK)
