"""`notify list`: the inboxes of one person, to be watched by somebody who has none of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from radiogram.cli.keyring import Keyring

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.news.watch_list import Line

SPARE = 8
"""Mailboxes beyond the 32 lowest, which a sender comes to as it uses these: its first nine of a day are all listed."""
_EPOCH = date(1970, 1, 1)


def lines(keyring: Keyring, inbox: Inbox, tell: str, days: int) -> Iterator[Line]:
    """The inbox itself, and the mailboxes that checked clinics may use in the next days, by the keys of today.

    A sender picks one of the 32 lowest free ones of a day, by its own clock, and what it sends may come into a block
    later: docs/format.md, Mailboxes.
    """
    from eth_utils.address import to_checksum_address

    from radiogram.formats import mailbox
    from radiogram.mailboxes import Pair

    yield str(keyring.recipient), tell, None, None, None
    clinics = keyring.clinics()
    keys = keyring.candidates(inbox) if clinics else ()
    today = datetime.now(UTC).date()
    for clinic in clinics:
        for each in keys:
            pair = Pair.of(clinic.card.address, clinic.card.mailbox_key, each, inbox)
            for day in (today + timedelta(n) for n in range(-mailbox.LATE_DAYS, days)):
                for number in range(mailbox.WINDOW + SPARE):
                    place = mailbox.address(pair.secret, (day - _EPOCH).days, number)
                    yield to_checksum_address(place), tell, *when(day, number)


def when(day: date, number: int) -> tuple[date, date, date]:
    """From which day to which a mailbox is watched, and from which on once an hour: later than soon, little comes."""
    from radiogram.formats import mailbox

    soon = 2 if number < mailbox.WINDOW else -1
    return day - timedelta(1), day + timedelta(mailbox.LATE_DAYS), day + timedelta(soon)
