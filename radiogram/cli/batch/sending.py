"""Sends a day's list: its rows are checked, shown and asked about once, then sent, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from radiogram.cli import homes, mailboxes, transfers
from radiogram.cli.batch import fees, shown
from radiogram.cli.batch.results import Results
from radiogram.cli.batch.rows import Checks, Refused, Row
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.sending import Wishes
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.errors import RadiogramError

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.batch.day_list import ListRow
    from radiogram.batch.pipeline import Outcome
    from radiogram.chain.inbox import Inbox
    from radiogram.outgoing.journal import Sealed
    from radiogram.transfer import Prepared, Progress

HELD_BYTES = 16 << 20  # of a study: it is read once, and as many are in memory as are prepared at a time


def send_list(session: Session, file: Path, wishes: Wishes) -> None:
    """Send what the list names, and tell of each row as it is done; stops with one line if any was not sent."""
    if wishes.several_patients:
        fail("--several-patients is said of one study: send that one alone, without --batch")
    terminal, listed = session.terminal, _read(file)
    session.audit_log().check()
    inbox, sender = session.network.inbox(), session.accounts.own(SENDER_INDEX)
    keep = homes.keeper(session, session.network.ipfs_to_add(), wishes.pins)
    checks = Checks(session, file.parent, wishes, inbox, contacts_of(session, sender))
    with terminal.counter("Checking", len(listed)) as step:
        checked = checks.check_all(listed, step)
    inbox = checks.inbox
    gas = fees.Gas(inbox, sender)
    rows, refused = fees.would_be_taken(gas, [each for each in checked if isinstance(each, Row)])
    refused += [each for each in checked if isinstance(each, Refused)]
    results = Results(session, inbox, sender, checks, len(listed))
    shown.table(terminal, rows)
    results.refuse(sorted(refused, key=lambda each: each.line))
    if rows:
        fee = fees.expected(session, gas, rows)
        terminal.confirm(f"Send {shown.studies(rows)}{fee and f', {fee}'}?")
        _send(session, inbox, session.accounts.unlocked(sender), rows, wishes, gas, results, keep)
    results.end(wishes.again)


def _read(file: Path) -> list[ListRow]:
    from radiogram.batch.day_list import MAX_BYTES, parse_list

    try:
        with file.open("rb") as stream:
            return parse_list(stream.read(MAX_BYTES + 1))
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}")


def _send(
    session: Session,
    inbox: Inbox,
    sender: AccountAPI,
    rows: Sequence[Row],
    wishes: Wishes,
    gas: fees.Gas,
    results: Results,
    keep: Callable[[Sealed], None],
) -> None:
    from radiogram import transfer
    from radiogram.batch.pipeline import Job, OnceEach, Pipeline

    ipfs, journal = session.network.ipfs_to_add(), OnceEach(session.journal())
    sign = _signer(session, sender)
    chooser = mailboxes.chooser(session, sender, inbox) if any(each.in_mailbox for each in rows) else None

    @contextmanager
    def prepare(row: Row, told: Progress) -> Iterator[Prepared]:
        from radiogram.formats.source_files import read_files

        metadata = row.overview.studies if row.overview and not wishes.no_facts else ()
        study = read_files(row.found, lambda _: told(0), hold=row.bytes <= HELD_BYTES)
        study = study.with_metadata(row.label, metadata)
        with ExitStack() as stack:
            try:
                results.studies[row.line] = study
                message = transfer.prepare(
                    transfers.in_bundle_order(study, row.overview),
                    row.recipient,
                    sender=sender.address,
                    sign=sign,
                    inbox=inbox,
                    ipfs=ipfs,
                    journal=journal,
                    again=wishes.again,
                    identity=transfers.identity_of(study),
                    choose_mailbox=(
                        partial(chooser.choose, row.recipient.public_key) if chooser and row.in_mailbox else None
                    ),
                    keep=keep,
                    progress=told,
                )
                prepared = stack.enter_context(message)
            finally:
                for each in study.sources:
                    each.held.clear()  # it is bundled, or is not to be
            yield prepared

    def send(prepared: Sequence[Prepared], most: int) -> Sequence[transfer.Sent | RadiogramError]:
        return transfer.send_together(prepared, sender=sender, inbox=inbox, gas=most)

    def told(done: Sequence[tuple[int, Outcome]]) -> None:
        results.told([(rows[at], outcome) for at, outcome in done])

    jobs = [Job(partial(prepare, row), gas.of(row)) for row in rows]
    with session.terminal.progress("Encrypting and uploading", sum(each.bytes for each in rows)) as progress:
        Pipeline(jobs, send, told, gas.limit, progress).run()


def _signer(session: Session, sender: AccountAPI) -> Callable[[str], bytes]:
    """The account's, for several threads; what is the same for each study is signed once."""
    from radiogram.transfer import JOURNAL_TEXT

    sign, gate = session.accounts.signer(sender), Lock()
    secret = sign(JOURNAL_TEXT)

    def signed(text: str) -> bytes:
        with gate:
            return secret if text == JOURNAL_TEXT else sign(text)

    return signed
