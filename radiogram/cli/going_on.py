"""Goes on with what earlier runs have begun, one by one: what can't be finished holds up nothing behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from radiogram.cli import hints, homes
from radiogram.cli.session import Session
from radiogram.errors import ChainUnreachable, RadiogramError, UnconfirmedError

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.outgoing.journal import Arrived, Entry


class GoingOn:
    """For one run of a command. Entries have a Begun."""

    def __init__(self, session: Session, inbox: Inbox, *, finishes: bool) -> None:
        """`finishes`: whether what is uploaded is sent; otherwise it is only looked whether it has arrived."""
        self._session, self._inbox, self._finishes = session, inbox, finishes
        self._away: ChainUnreachable | None = None
        self._in_vain: dict[str, UnconfirmedError] = {}

    def outcome(self, entry: Entry) -> Arrived | str | None:
        """Where it is; None: nowhere yet. A text: why it could not be finished, or nobody knows."""
        try:
            return self._outcome(entry)
        except ChainUnreachable as error:
            self._away = error
            return hints.line(error)
        except UnconfirmedError as error:
            self._in_vain[error.tx_hash] = error
            return hints.line(error)
        except RadiogramError as error:
            return hints.line(error)
        except click.ClickException as error:  # of the account that it is from
            return error.message

    def _outcome(self, entry: Entry) -> Arrived | None:
        from radiogram import delivery

        if self._away:
            raise self._away
        arrived = delivery.look(entry, self._inbox)
        if arrived or not (self._finishes and entry.begun and entry.sealed):
            return arrived
        if late := delivery.too_late(entry):
            raise late
        signed = list(entry)
        if signed and signed[-1].tx_hash in self._in_vain:  # a batch, which another entry has waited for
            raise self._in_vain[signed[-1].tx_hash]
        session = self._session
        if not signed:  # what is signed may have left
            homes.keeper(session, session.network.ipfs_to_add())(entry.sealed)
        sender = session.accounts.unlocked(session.accounts.named(entry.begun.sender))
        return delivery.go_on(entry, sender, self._inbox)
