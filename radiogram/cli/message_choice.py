"""Which message is opened: the one that is named, or the newest that opens of a sender who is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.keyring import Keyring
from radiogram.cli.known_senders import KnownSenders, SenderNames
from radiogram.cli.mailboxes import Mailboxes, name_of, named
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.errors import RadiogramError
    from radiogram.transfer import Opened

MOST_NAMED = 5  # messages in one line


@dataclass(frozen=True)
class Chosen:
    """A message, opened."""

    inbox: Inbox
    message: Message
    opened: Opened
    names: SenderNames
    """Who senders are."""
    owner: ChecksumAddress
    """Whose inbox was looked at."""

    @property
    def name(self) -> str:
        """How commands call the message."""
        return name_of(self.message, self.owner)

    @property
    def mailbox(self) -> ChecksumAddress | None:
        """Where it lies, if that is not the owner's inbox."""
        return None if self.message.recipient == self.owner else self.message.recipient


def open_message(session: Session, name: str | None, key_file: Path | None, of: str | None) -> Chosen:
    """The message of that name; or the newest of a known sender that was not taken back and opens.

    Which were passed over is said. If there are strangers' alone, the person at the terminal is asked.
    """
    keyring = Keyring(session, key_file, of)
    inbox, clinics = session.network.inbox(), keyring.clinics()
    mailboxes = Mailboxes(session, keyring, inbox, clinics)
    if name is None:
        known = KnownSenders(session, inbox, keyring.recipient, clinics)
        mail = [each.message for each in mailboxes.read()]
        message, opened = _newest_that_opens(session, keyring, inbox, known, mail)
    else:
        in_mailbox = name.startswith("m")
        message = named(mailboxes.read(), name).message if in_mailbox else inbox.message(keyring.recipient, int(name))
        if message.retracted:
            session.terminal.note(f"The sender has taken message {name} back: ask whether it was meant for you.")
        opened = _opened(session, keyring, inbox, message)
    return Chosen(inbox, message, opened, SenderNames(session, clinics), keyring.recipient)


def _newest_that_opens(
    session: Session, keyring: Keyring, inbox: Inbox, known: KnownSenders, mail: list[Message]
) -> tuple[Message, Opened]:
    """Anybody can send what does not open. Raises what was wrong with the newest, if none opens.

    What a message names and is not to be had now is not passed over: it may be the images that are waited for.
    """
    from radiogram.errors import EnvelopeError, KeyPacketError, OtherPacketError

    refusals: list[tuple[str, RadiogramError]] = []
    strangers: list[Message] = []
    for message in _standing(inbox, keyring.recipient, mail):
        if known.is_of_stranger(message):
            strangers.append(message)
            continue
        try:
            opened = _opened(session, keyring, inbox, message)
        except OtherPacketError:  # the node's doing
            raise
        except (EnvelopeError, KeyPacketError) as error:
            refusals.append((name_of(message, keyring.recipient), error))
        else:
            _tell_passed_over(session, refusals, strangers)
            return message, opened
    if refusals:
        _tell_passed_over(session, [], strangers)
        raise refusals[0][1]
    _ask_whether_to_open(session, strangers[0])
    return strangers[0], _opened(session, keyring, inbox, strangers[0])


def _standing(inbox: Inbox, recipient: ChecksumAddress, mail: list[Message]) -> Iterator[Message]:
    """What was not taken back, of the inbox and of mailboxes, newest first. Raises NoMessageError if there is none."""
    from radiogram.errors import NoMessageError

    found = [each for each in mail if not each.retracted]
    in_inbox = inbox.standing(recipient)
    if found:
        in_inbox = _or_nothing(in_inbox, NoMessageError)
    yield from merge(found, in_inbox, key=lambda message: message.sent_at, reverse=True)


def _or_nothing(messages: Iterator[Message], nothing: type[Exception]) -> Iterator[Message]:
    with suppress(nothing):
        yield from messages


def _ask_whether_to_open(session: Session, message: Message) -> None:
    """Stops unless the person at the terminal wants a stranger's message opened."""
    who = f"message {message.index} is from {message.sender}, who is not known here"
    if not session.terminal.can_ask:
        fail(f"{who}, and is not opened unasked: name its INDEX to open it")
    session.terminal.say(
        f"{who[0].upper()}{who[1:]}, sent {message.sent_at:%Y-%m-%d %H:%M:%S} UTC.",
        "No message in this inbox is from anybody known. Who sent it can learn that it is opened, and from where.",
    )
    session.terminal.confirm("Open it?", "stopped: nothing was opened")


def _tell_passed_over(session: Session, refusals: list[tuple[str, RadiogramError]], strangers: list[Message]) -> None:
    from radiogram.inbox_listing import problem_of

    if strangers:
        number = counted(len(strangers), "newer message")
        listed = _first(str(message.index) for message in strangers)
        session.terminal.note(f"Passed over {number} of senders who are not known here: {listed}; name one to open it")
    if refusals:
        number = counted(len(refusals), "newer message")
        listed = _first(f"{name} ({problem_of(error)})" for name, error in refusals)
        session.terminal.note(f"Passed over {number} that this key does not open: {listed}")


def _first(texts: Iterable[str]) -> str:
    named = list(texts)
    return ", ".join(named[:MOST_NAMED] + ["…"] * (len(named) > MOST_NAMED))


def _opened(session: Session, keyring: Keyring, inbox: Inbox, message: Message) -> Opened:
    envelope = keyring.open_envelope(message, inbox)
    return envelope.opened(session.network.ipfs_to_read() if envelope.has_packet else None)
