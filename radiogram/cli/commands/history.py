"""Tell everything that touched an inbox and its keys."""

from pathlib import Path

import click

from radiogram.cli import history_report, inbox_report
from radiogram.cli.history_report import Words
from radiogram.cli.keyring import Keyring
from radiogram.cli.options import keyring_options
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted


@click.command("history", cls=Command)
@click.option("--since", metavar="DATE", help="Only what happened since then: 2026-11-01 (UTC), or 7d for seven days.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for spreadsheets (RFC 4180), and nothing else.")
@keyring_options
def cli(session: Session, since: str | None, as_csv: bool, key_file: Path | None, of: str | None) -> None:
    """Tell everything that touched an inbox and its keys, newest first: messages that came, were acknowledged or taken
    back, messages that its account sent and what became of them, keys, restrictions, approvals. All this is public.

    It is read from the contract's events and compared with its state, which counts: what an event says and state
    contradicts is marked as not to be believed; of what the node gives no event, state is told. Nobody can see on the
    chain who looked at an inbox, or who fetched or opened images.

    With --key-file it says which of the keys on record is that file's.
    """
    from radiogram.chain.history import read_history

    terminal = session.terminal
    if as_csv and terminal.as_json:
        fail("--csv and --json can't be both: leave one out")
    start = inbox_report.since_moment(since)
    inbox = session.network.inbox()
    keyring = Keyring(session, key_file, of)
    account = keyring.recipient
    with terminal.whole("Reading the chain") as told:
        history = read_history(inbox, account, int(start.timestamp()) if start else None, told)
    held = keyring.in_file.public() if keyring.in_file else None
    words = Words(account, session.accounts.aliases(), held)
    notes = history_report.notes(history)
    if as_csv:
        click.echo(history_report.as_csv(history, words), nl=False)
        for note in notes:
            terminal.note(note)
        return
    terminal.result(
        {
            "network": session.network.name,
            "inbox": inbox.address,
            "account": account,
            "first_block": history.first_block,
            "last_block": history.last_block,
            "complete": history.is_complete,
            "notes": notes,
            "events": [history_report.fields(row, words) for row in history.rows],
        }
    )
    blocks = f"blocks {history.first_block:,} to {history.last_block:,}"
    terminal.say(
        f"History of {words.who(account)}, {counted(len(history.rows), 'event')}, newest first, {blocks}",
        *history_report.lines(history, words),
        *notes,
    )
