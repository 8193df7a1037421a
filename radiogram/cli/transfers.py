"""Sends and retrieves a study, with a progress bar."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Recipient
    from radiogram.dicom.metadata import Overview
    from radiogram.formats.key_reference import KeyReference
    from radiogram.formats.source_files import Study
    from radiogram.ipfs.client import Ipfs
    from radiogram.outgoing.journal import Sealed
    from radiogram.transfer import Received, Sent


def checked_label(label: str, option: str = "--label") -> str:
    """What a person calls themselves, cleaned; stops if it is too long."""
    from radiogram.dicom.display import clean
    from radiogram.formats.manifest import MAX_LABEL

    label = clean(label)
    if len(label) > MAX_LABEL:
        fail(f"{option} has {len(label)} characters: shorten it to {MAX_LABEL}")
    return label


def in_bundle_order(study: Study, overview: Overview | None) -> Study:
    """The study with what people look at first in front; `overview` is of the same files."""
    from radiogram.formats.bundle_order import bundle_order

    names = [entry.name for entry in study.manifest.files]
    if overview is None:
        return study.in_order(bundle_order(names))
    from radiogram.dicom.series import seen_first

    return study.in_order(bundle_order(names, *seen_first(overview.by_file)))


def identity_of(study: Study) -> bytes:
    """What `transfer.send` knows a study by: the same in whatever order its files go, and whenever it was read."""
    return replace(study.manifest, created="").to_bytes()


def expected_fee(
    session: Session, recipient: Recipient, sender: AccountAPI, inbox: Inbox, *, to_mailbox: bool = False
) -> str:
    """`for a fee of about …`; nothing if there is too little Ether, but perhaps it was sent before."""
    from radiogram.cli import fee
    from radiogram.errors import InsufficientFundsError

    # No mailbox of theirs is named before it is used: any empty inbox costs the same.
    asked = replace(recipient, address=_nobodys_address(), key_version=0) if to_mailbox else recipient
    try:
        return f"for a fee of about {fee.expected(inbox.provider, inbox.expected_fee(asked, sender))}"
    except InsufficientFundsError:
        if session.journal().knows(inbox.chain, inbox.address, sender.address, recipient.address):
            return ""
        raise


def _nobodys_address() -> ChecksumAddress:
    from eth_utils.address import to_checksum_address

    return to_checksum_address(secrets.token_bytes(20))


def send(
    session: Session,
    study: Study,
    recipient: Recipient,
    sender: AccountAPI,
    inbox: Inbox,
    ipfs: Ipfs,
    *,
    overview: Overview | None = None,
    again: bool = False,
    identity: bytes | None = None,
    choose_mailbox: Callable[[], ChecksumAddress] | None = None,
    keep: Callable[[Sealed], None] = lambda _: None,
) -> Sent:
    """Encrypt the study, upload it, and put it into the recipient's inbox; signed by `sender`, which pays.

    What people look at first goes first, by `overview`, which is of the same files. `again`, `identity`,
    `choose_mailbox` and `keep` as radiogram.transfer.send has them.
    """
    from radiogram import transfer

    identity = identity_of(study) if identity is None else identity
    study = in_bundle_order(study, overview)
    with session.terminal.progress("Encrypting and uploading", study.plaintext_bytes) as progress:
        return transfer.send(
            study,
            recipient,
            sender=sender,
            sign=session.accounts.signer(sender),
            inbox=inbox,
            ipfs=ipfs,
            journal=session.journal(),
            again=again,
            identity=identity,
            choose_mailbox=choose_mailbox,
            keep=keep,
            progress=progress,
        )


def share(
    session: Session,
    contents: KeyReference,
    recipient: Recipient,
    sender: AccountAPI,
    inbox: Inbox,
    ipfs: Ipfs | None,
    *,
    again: bool,
    keep: Callable[[Sealed], None],
) -> Sent:
    """Seal what opens a study to the recipient, and put it into their inbox; `sender` pays."""
    from radiogram import transfer

    return transfer.share(
        contents, recipient, sender=sender, inbox=inbox, ipfs=ipfs, journal=session.journal(), again=again, keep=keep
    )


def retrieve(
    session: Session,
    contents: KeyReference,
    out: Path,
    ipfs: Ipfs,
    *,
    overwrite: bool = False,
    private: bool = True,
) -> Received:
    """Fetch, decrypt and check what an opened envelope points to, into the folder `out`; its files by their names."""
    from radiogram import transfer

    remove_abandoned(session, out)
    with session.terminal.progress("Fetching and decrypting", contents.ciphertext_bytes) as progress:
        received = transfer.retrieve(contents, out, ipfs=ipfs, overwrite=overwrite, private=private, progress=progress)
    return replace(received, files=sorted(received.files, key=lambda each: PurePosixPath(each[1].name)))


def remove_abandoned(session: Session, out: Path) -> None:
    """Remove from `out` what runs that were killed have left there: it is decrypted."""
    from radiogram.output import staging

    for folder in staging.remove_abandoned(out):
        session.terminal.note(f"Removed {folder}, which a run that was killed had left")
