"""The patient's side: whether the messages of an inbox open with a key file, and their images can be fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from radiogram.cli.checkup.finding import Finding, ok, problem, some, warning
from radiogram.cli.wording import counted, printable

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.formats.keys import Keys
    from radiogram.ipfs.client import Ipfs

NEWEST = 10  # messages that are looked at
TRIED = 64 * 1024  # bytes of each that are fetched


def inbox(
    inbox: Inbox, address: ChecksumAddress, keys: Keys, ipfs: Ipfs, is_of_stranger: Callable[[Message], bool]
) -> Finding:
    """The newest messages to `address`; of each no more than the beginning is fetched, and of strangers' nothing."""
    newest = list(islice((each for each in inbox.messages(address) if not each.retracted), NEWEST))
    said = {each.index: _trouble(each, inbox, keys, ipfs) for each in newest if not is_of_stranger(each)}
    if newest and not said:
        return ok(f"{counted(len(newest), 'message')}, the newest, not opened: their senders are not known here")
    if not said:
        return ok(f"the inbox of {address} is empty")
    lost = [f"message {index}: {printable(trouble)}" for index, trouble in said.items() if trouble]
    if lost:
        ask = "ask its sender to run `ape run doctor`, or name another IPFS node or gateway"
        return problem(f"can't be fetched: {some(lost)}", ask, items=lost)
    kinds = Counter(trouble is None for trouble in said.values())
    if kinds[True]:
        return warning(
            f"{counted(kinds[True], 'message')} of the newest {len(said)} not sealed to this key file, or damaged",
            "name the file of the older key, or ask who sent it",
        )
    return ok(f"{counted(len(said), 'message')} opened, the newest, and found on IPFS")


def _trouble(message: Message, inbox: Inbox, keys: Keys, ipfs: Ipfs) -> str | None:
    """Why its images can't be fetched; empty if they can; None if the keys do not open it."""
    from radiogram import transfer
    from radiogram.errors import IpfsError, RadiogramError

    try:
        reference = transfer.open_message(message, keys, inbox, ipfs).reference
        with ipfs.open(reference.cid, reference.ciphertext_bytes, read_ahead=TRIED) as stream:
            stream.read(TRIED)
    except IpfsError as error:
        return error.message
    except RadiogramError:
        return None
    return ""
