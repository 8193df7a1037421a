"""The mailboxes of a patient's checked clinics: what they hold, and how a message in one is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from radiogram.cli import hints
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.cli.keyring import Keyring
    from radiogram.formats.clinic_card import ClinicCard
    from radiogram.formats.clinics import Clinic
    from radiogram.formats.keys import Keys
    from radiogram.formats.sender_log import SenderLog
    from radiogram.mailboxes import Found, Mail, MailboxChooser

    Whose = tuple[bytes, ChecksumAddress, ChecksumAddress]

INTO_MAILBOX = "Into a mailbox that only you and they can derive: the chain does not tell whose it is"
NAMED_BY = 8  # hex digits of a mailbox's address
BLOCKS_WORTH_KEEPING = 1000


def name_of(message: Message, owner: ChecksumAddress) -> str:
    """How a command is told of it: its index in the inbox of `owner`, or the mailbox that it lies in."""
    if message.recipient == owner:
        return str(message.index)
    return f"m{message.recipient[2 : 2 + NAMED_BY].lower()}" + f".{message.index}" * bool(message.index)


def named(mail: Sequence[Mail], name: str) -> Mail:
    """The one that a name, or more digits of the mailbox's address, says; stops if there is none, or two."""
    digits, _, index = name.removeprefix("m").partition(".")
    found = [
        each
        for each in mail
        if each.message.recipient[2:].lower().startswith(digits) and each.message.index == int(index or 0)
    ]
    if not found:
        fail(f"no mailbox of a clinic that you checked has a message {name}: see `inbox --open`")
    if len(found) > 1:
        fail(f"{name} names two messages: add more digits of the mailbox's address (inbox --open --json)")
    return found[0]


def chooser(session: Session, sender: AccountAPI, inbox: Inbox) -> MailboxChooser:
    """Chooses mailboxes of the account, which is unlocked. Raises KeyFormatError."""
    from radiogram.formats.public_key import parse_address
    from radiogram.mailboxes import MailboxChooser

    account = parse_address(sender.address)
    begun = partial(session.journal().recipients, inbox.chain, inbox.address, account)
    return MailboxChooser(mailbox_key(session, sender), account, inbox, begun)


def mailbox_key(session: Session, account: AccountAPI) -> bytes:
    """The private key, 32 bytes, that the clinic card of the account certifies. Raises KeyFormatError."""
    from radiogram.formats.clinic_card import MAILBOX_KEY_NUMBER

    accounts = session.accounts
    own = accounts.private_key(account) if accounts.has_private_key(account) else None
    return accounts.derived_key(account, own, twice=True, number=MAILBOX_KEY_NUMBER)


class Mailboxes:
    """Those of one person's keys."""

    def __init__(self, session: Session, keyring: Keyring, inbox: Inbox, clinics: Sequence[Clinic]) -> None:
        self._session, self._keyring, self._inbox, self._clinics = session, keyring, inbox, clinics
        self._found: list[Found] = []

    def read(self, from_state: datetime | None = None) -> list[Mail]:
        """All messages in them, newest first; the keyring opens them from now on. Nothing where no clinic was checked.

        `from_state`: the contract is asked for what came since then, mailbox by mailbox. A chain's node that does not
        tell keeps nobody from the rest: it is said.
        """
        if not self._clinics:
            return []
        keys, kept = self._keyring.candidates(self._inbox), self._kept()
        self._found = [self._find(each.card, keys, kept, from_state) for each in self._clinics]
        self._keep([each.kept for each in self._found], kept)
        mail = [each for found in self._found for each in found.mail]
        self._keyring.sealed_to |= {each.message.recipient: each.keys for each in mail}
        return sorted(mail, key=lambda each: each.message.sent_at, reverse=True)

    def _find(
        self, card: ClinicCard, keys: Sequence[Keys], kept: Mapping[Whose, SenderLog], from_state: datetime | None
    ) -> Found:
        from radiogram.mailboxes import Pair, days_since, find_mail, search_state

        terminal, inbox = self._session.terminal, self._inbox
        pairs = [Pair.of(card.address, card.mailbox_key, each, inbox) for each in keys]
        log = kept.get((inbox.chain, inbox.address, card.address))
        with terminal.whole("Looking for mailboxes") as told:
            found = find_mail(inbox, card.address, pairs, log, told)
        if from_state:
            with terminal.whole("Asking for mailboxes") as told:
                return search_state(inbox, pairs, days_since(int(from_state.timestamp())), found, told)
        if found.problem:
            terminal.note(f"The mailboxes of {card.label} may hold more: {hints.line(found.problem)}")
        elif found.whole.has_gap:
            terminal.note(
                f"The chain's node has forgotten what {card.label} sent before block {found.whole.first_block:,}: what "
                "it put into mailboxes before then is found by `inbox --open --from-state`, or by another node"
            )
        return found

    def note_seen(self) -> None:
        """All of it was shown."""
        self._keep([each.seen for each in self._found], {each.kept.whose: each.kept for each in self._found})

    def _kept(self) -> dict[Whose, SenderLog]:
        """What earlier runs have read; where that can't be had, all is read anew."""
        from radiogram.errors import RadiogramError

        file, sign = self._keyring.mailbox_logs()
        try:
            return {each.whose: each for each in file.read(sign)}
        except RadiogramError as error:
            self._session.terminal.note(f"What was read of mailboxes is read anew: {hints.line(error)}")
            return {}

    def _keep(self, logs: Sequence[SenderLog], before: Mapping[Whose, SenderLog]) -> None:
        """Where that can't be written, it is read anew the next time."""
        from radiogram.errors import RadiogramError

        if not any(_is_worth_keeping(log, before.get(log.whose)) for log in logs):
            return
        file, sign = self._keyring.mailbox_logs()
        with suppress(RadiogramError), file.changed(sign) as kept:
            kept[:] = ({each.whose: each for each in kept} | {each.whose: each for each in logs}).values()


def _is_worth_keeping(log: SenderLog, old: SenderLog | None) -> bool:
    """Whether it saves the next run more than its being written costs."""
    if old is None:
        return bool(log.sent) or log.seen > 0 or log.next_block - log.first_block >= BLOCKS_WORTH_KEEPING
    is_more = (old.sent, old.retracted, old.messages, old.seen) != (log.sent, log.retracted, log.messages, log.seen)
    return is_more or log.next_block - old.next_block >= BLOCKS_WORTH_KEEPING
