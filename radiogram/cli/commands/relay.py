"""Put somebody's signed act on the chain."""

import sys
import time
from pathlib import Path

import click

from radiogram.cli import report
from radiogram.cli.acts import send, tell
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import STDIO
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("relay", cls=SendingCommand)
@click.argument("file", required=False)
def cli(session: Session, file: str | None) -> None:
    """Put the signed act in FILE (- is standard input) on the chain, at the expense of --account.

    Such a file is what --sign-only writes. It is tried first: one that the contract would refuse costs nothing.
    """
    from radiogram.formats import signed_act

    file = file or session.terminal.ask_file("FILE", "File of the signed act")
    signed = signed_act.parse_signed_act(first_bytes(file, signed_act.ACT_FILE_LIMIT + 1))
    inbox = session.network.inbox()
    signed.check(inbox.chain_id, inbox.address, time.time())
    act, relayer = signed.act, session.accounts.own(SENDER_INDEX)
    in_effect = act.already_in_effect(inbox)
    receipt = None if in_effect else send(session, inbox.relay(signed), relayer, str(act))
    done = in_effect or act
    fields = {"act": act.NAME, "relayer": relayer.address} | report.act_fields(done)
    tell(session, inbox, str(done), fields, receipt)


def first_bytes(file: str, count: int) -> bytes:
    """Of a file, or of standard input."""
    if file == STDIO:
        return sys.stdin.buffer.read(count)
    try:
        with Path(file).open("rb") as stream:
            return stream.read(count)
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}")
