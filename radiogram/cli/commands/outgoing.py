"""List what was meant to be sent and is not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.outgoing.journal import Arrived, Begun, Entry

SHOWN = 8  # hex digits of an entry's tag


@click.command("outgoing", cls=SendingCommand)
@click.option("--go-on", is_flag=True, help="Finish all whose images are on IPFS; their accounts sign, and pay.")
@click.option("--drop", metavar="ID", help="Take this one off the list. Nothing that was uploaded is deleted.")
def cli(session: Session, go_on: bool, drop: str | None) -> None:
    """List what was meant to be sent and is not finished, because a command was interrupted. Whose images they are is
    not kept.

    The command that was interrupted, run again, goes on with it too. Nothing is sent twice.
    """
    from radiogram.cli.going_on import GoingOn

    terminal, inbox = session.terminal, session.network.inbox()
    if go_on and drop is not None:
        fail("--go-on and --drop can't be both: leave one out")
    rows, troubled, going_on = [], 0, GoingOn(session, inbox, finishes=go_on)
    with session.journal().unfinished() as entries:
        here = [(entry, begun) for entry in entries if (begun := entry.begun) and _is_of(begun, inbox)]
        if drop is not None and drop not in [entry.tag[:SHOWN] for entry, _ in here]:
            fail(f"nothing unfinished has the ID {drop!r}: see the list")
        for entry, begun in here:
            outcome = going_on.outcome(entry)
            if outcome is None and entry.tag[:SHOWN] == drop:
                _drop(entry)
                state = "dropped"
            else:
                troubled += isinstance(outcome, str)
                state = _state(entry, outcome)
            rows.append(_fields(entry, begun, state))
    terminal.result({"network": session.network.name, "inbox": inbox.address, "outgoing": rows})
    terminal.say(f"{counted(len(rows), 'message')} not finished" if rows else "Everything that was begun is finished")
    for row in rows:
        terminal.say(
            f"{row['id']}  begun {row['begun_at']}, from {row['sender']} to {row['recipient']}: {row['state']}"
        )

    if troubled:
        way_out = "see why above, and mend that; or take one off the list with --drop ID"
        fail(f"{troubled:,} of {counted(len(rows), 'message')} could not be finished: {way_out}")


def _is_of(begun: Begun, inbox: Inbox) -> bool:
    return (begun.chain, begun.inbox) == (inbox.chain, inbox.address)


def _state(entry: Entry, outcome: Arrived | str | None) -> str:
    from radiogram.delivery import too_late

    if outcome:
        return outcome if isinstance(outcome, str) else f"sent, as message {outcome.index}"
    if late := too_late(entry):
        return str(late)
    if signed := list(entry):
        return f"transaction {signed[-1].tx_hash} was signed, and is not on the chain"
    return "uploaded, and not sent" if entry.sealed else "not uploaded to its end: send it again"


def _drop(entry: Entry) -> None:
    from radiogram.delivery import too_late
    from radiogram.outgoing.journal import Dropped

    if (signed := list(entry)) and not too_late(entry):
        fail(f"transaction {signed[-1].tx_hash} may still come onto the chain: finish it with --go-on")
    entry.append(Dropped())


def _fields(entry: Entry, begun: Begun, state: str) -> dict[str, Any]:
    from radiogram.formats.unix_time import iso
    from radiogram.ipfs.cid import cid_text

    return {
        "id": entry.tag[:SHOWN],
        "begun_at": iso(begun.at),
        "sender": begun.sender,
        "recipient": begun.recipient,
        "cid": cid_text(entry.sealed.cid) if entry.sealed else None,
        "tx_hash": signed[-1].tx_hash if (signed := list(entry)) else None,
        "state": state,
    }
