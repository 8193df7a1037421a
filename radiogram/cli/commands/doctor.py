"""Look for what is wrong, and repair it."""

from __future__ import annotations

from pathlib import Path

import click

from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session
from radiogram.cli.wording import counted


@click.command("doctor", cls=Command)
@click.option(
    "--repair",
    is_flag=True,
    help="Repair what can be undone or does no harm: permissions, pins, decrypted files that killed runs left, local "
    "nodes that nobody uses, uploads for messages that were given up.",
)
@click.option("--key-file", type=NamedPath(), help="Also see whether this key file opens the inbox, and is on record.")
@click.option(
    "--out",
    type=NamedPath(),
    default=Path("received"),
    show_default=True,
    help="Where images are retrieved to.",
)
@click.option(
    "--discard",
    metavar="CID",
    multiple=True,
    help="Delete this upload from the local IPFS node, unless a message of the journal needs it; `unpinned`: all that "
    "is not pinned there.",
)
def cli(session: Session, repair: bool, key_file: Path | None, out: Path, discard: tuple[str, ...]) -> None:
    """Look for what is wrong: programs, this computer, chain, contract, account and key, IPFS, and whether all that was
    sent is still there. Each line says what was found, and what to do about it.

    Without --repair or --discard nothing is changed; as with every command, local nodes run meanwhile. Exit status 1 if
    there is a problem, 0 if there are warnings at most.
    """
    from radiogram.cli.doctor import Doctor

    doctor = Doctor(session, key_file=key_file, out=out, repair=repair)
    doctor.examine(discard)
    problems, warnings = (sum(each.state == state for each in doctor.findings) for state in ("problem", "warning"))
    terminal = session.terminal
    terminal.result(
        {
            "network": session.network.name,
            "healthy": not problems,
            "checks": [each.fields() for each in doctor.findings],
        }
    )
    said = [counted(count, what) for count, what in ((problems, "problem"), (warnings, "warning")) if count]
    terminal.say("", " and ".join(said) if said else "Nothing is wrong")
    if problems:
        click.get_current_context().exit(1)
