"""Which message of an inbox is opened: the one that is named, or the newest that opens of a sender who is known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.keyring import Keyring
from radiogram.cli.known_senders import KnownSenders, SenderNames
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox, Message
    from radiogram.errors import RadiogramError
    from radiogram.transfer import Opened

MOST_NAMED = 5  # messages in one line


def open_message(
    session: Session, index: int | None, key_file: Path | None, of: str | None
) -> tuple[Inbox, Message, Opened, SenderNames]:
    """Message `index`; or the newest of a known sender that was not taken back and opens. And who senders are.

    Which were passed over is said. If there are strangers' alone, the person at the terminal is asked.
    """
    keyring = Keyring(session, key_file, of)
    inbox, clinics = session.network.inbox(), keyring.clinics()
    names = SenderNames(session, clinics)
    if index is None:
        known = KnownSenders(session, inbox, keyring.recipient, clinics)
        return inbox, *_newest_that_opens(session, keyring, inbox, known), names
    message = inbox.message(keyring.recipient, index)
    if message.retracted:
        session.terminal.note(f"The sender has taken message {message.index} back: ask whether it was meant for you.")
    return inbox, message, _opened(session, keyring, inbox, message), names


def _newest_that_opens(session: Session, keyring: Keyring, inbox: Inbox, known: KnownSenders) -> tuple[Message, Opened]:
    """Anybody can send what does not open. Raises what was wrong with the newest, if none opens.

    What a message names and is not to be had now is not passed over: it may be the images that are waited for.
    """
    from radiogram.errors import EnvelopeError, KeyPacketError, OtherPacketError

    refusals: list[tuple[int, RadiogramError]] = []
    strangers: list[Message] = []
    for message in inbox.standing(keyring.recipient):
        if known.is_of_stranger(message):
            strangers.append(message)
            continue
        try:
            opened = _opened(session, keyring, inbox, message)
        except OtherPacketError:  # the node's doing
            raise
        except (EnvelopeError, KeyPacketError) as error:
            refusals.append((message.index, error))
        else:
            _tell_passed_over(session, refusals, strangers)
            return message, opened
    if refusals:
        _tell_passed_over(session, [], strangers)
        raise refusals[0][1]
    _ask_whether_to_open(session, strangers[0])
    return strangers[0], _opened(session, keyring, inbox, strangers[0])


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


def _tell_passed_over(session: Session, refusals: list[tuple[int, RadiogramError]], strangers: list[Message]) -> None:
    from radiogram.inbox_listing import problem_of

    if strangers:
        number = counted(len(strangers), "newer message")
        listed = _first(str(message.index) for message in strangers)
        session.terminal.note(f"Passed over {number} of senders who are not known here: {listed}; name one to open it")
    if refusals:
        number = counted(len(refusals), "newer message")
        listed = _first(f"{index} ({problem_of(error)})" for index, error in refusals)
        session.terminal.note(f"Passed over {number} that this key does not open: {listed}")


def _first(texts: Iterable[str]) -> str:
    named = list(texts)
    return ", ".join(named[:MOST_NAMED] + ["…"] * (len(named) > MOST_NAMED))


def _opened(session: Session, keyring: Keyring, inbox: Inbox, message: Message) -> Opened:
    envelope = keyring.open_envelope(message, inbox)
    return envelope.opened(session.network.ipfs_to_read() if envelope.has_packet else None)
