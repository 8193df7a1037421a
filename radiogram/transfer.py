"""Sends and retrieves studies: bundle, encrypt, add, seal, send; and back: open, fetch, decrypt, unpack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ape.api import AccountAPI
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Message, Receipt, Recipient
from radiogram.errors import BundleError, EnvelopeError, WrongKeyError, WrongKeyVersionError
from radiogram.formats import bundle, ciphertext, envelope
from radiogram.formats.envelope import PacketReference
from radiogram.formats.key_reference import Context, KeyReference
from radiogram.formats.manifest import FileEntry, Manifest
from radiogram.formats.source_files import Study
from radiogram.ipfs.client import Ipfs
from radiogram.output.staging import StagedOutput

Progress = Callable[[int], None]
"""Told how many more bytes of the study have been dealt with."""


@dataclass(frozen=True)
class Sent:
    """A message that is in its recipient's inbox."""

    sender: ChecksumAddress
    recipient: Recipient
    index: int
    receipt: Receipt
    cid: bytes
    ciphertext_bytes: int


@dataclass(frozen=True)
class Received:
    """Files that were fetched, decrypted and checked."""

    cid: bytes
    files: list[tuple[Path, FileEntry]]
    """Where each is now, and what the manifest says of it."""
    signed_by: ChecksumAddress | None
    """Who signed the list of files; None if nobody did."""


@dataclass(frozen=True)
class ManifestPreview:
    """The manifest of a study of which no file was fetched or checked."""

    manifest: Manifest
    signed_by: ChecksumAddress | None
    """Who signed the manifest; None if nobody did."""


def send(
    study: Study,
    recipient: Recipient,
    *,
    sender: AccountAPI,
    sign: Callable[[str], bytes],
    inbox: Inbox,
    ipfs: Ipfs,
    progress: Progress = lambda _: None,
) -> Sent:
    """Encrypt `study`, add it to IPFS, and put the envelope into the recipient's inbox.

    `sign` makes an EIP-191 signature of 65 bytes (r ‖ s ‖ v), or none: b"". The message is sent last, so that a
    failure leaves at most an upload that nobody can open.
    """
    signature = sign(bundle.signing_text(study.manifest.to_bytes()))
    content_key = ciphertext.new_content_key()
    with bundle.open_bundle(study, signature, progress) as plaintext:
        added = ipfs.add(lambda sink: ciphertext.encrypt(plaintext, sink, content_key))
    return share(KeyReference(content_key, added.size, added.cid), recipient, sender=sender, inbox=inbox)


def share(contents: KeyReference, recipient: Recipient, *, sender: AccountAPI, inbox: Inbox) -> Sent:
    """Seal the contents of an envelope to `recipient`, and put it into their inbox: no upload."""
    context = Context(inbox.chain_id, inbox.address, sender.address, recipient.address)
    sealed = envelope.seal(contents, recipient.public_key, context)
    index, receipt = inbox.send(recipient, sealed, sender)
    return Sent(sender.address, recipient, index, receipt, contents.cid, contents.ciphertext_bytes)


def open_message(message: Message, private_key: bytes, inbox: Inbox) -> KeyReference:
    """What the envelope of `message` says. Raises WrongKeyError, WrongContextError, EnvelopeError."""
    context = Context(inbox.chain_id, inbox.address, message.sender, message.recipient)
    try:
        opened = envelope.open_envelope(message.envelope, private_key, context)
    except WrongKeyError as error:
        if not message.key_version:
            raise
        raise WrongKeyVersionError(
            "this private key does not open the message: it was sealed to the key registered as version "
            f"{message.key_version}, or is damaged",
            "open it with that key",
        ) from error
    if isinstance(opened, PacketReference):
        raise EnvelopeError("the message is of suite 2, which this version does not open", "update, and open it again")
    return opened


def retrieve(
    contents: KeyReference,
    out: Path,
    *,
    ipfs: Ipfs,
    overwrite: bool = False,
    private: bool = True,
    progress: Progress = lambda _: None,
) -> Received:
    """Fetch what an opened envelope points to, decrypt it, check it, and put the files into `out`.

    All or nothing; `private`: for nobody else on this computer to read.
    Raises IpfsError, CiphertextError, BundleError, OutputError.
    """
    with StagedOutput(out, overwrite, private=private) as staged:
        with (
            ipfs.open(contents.cid, contents.ciphertext_bytes) as encrypted,
            ciphertext.open_decrypted(encrypted, contents.content_key) as plaintext,
        ):
            header = bundle.unpack(plaintext, staged.folder, staged.refuse_existing, progress)
        signed_by = signer(header.manifest_bytes, header.signature)
        places = staged.finish([entry.name for entry in header.manifest.files])
    return Received(contents.cid, list(zip(places, header.manifest.files, strict=True)), signed_by)


def read_manifest(contents: KeyReference, *, ipfs: Ipfs) -> ManifestPreview:
    """The manifest of what an opened envelope points to. Little more than that is fetched, and no file is checked.

    Raises IpfsError, CiphertextError, BundleError.
    """
    with (
        ipfs.open(contents.cid, contents.ciphertext_bytes, read_ahead=ciphertext.CHUNK_BYTES) as encrypted,
        ciphertext.open_decrypted(encrypted, contents.content_key, partly=True) as plaintext,
    ):
        header = bundle.read_bundle_header(plaintext)
    return ManifestPreview(header.manifest, signer(header.manifest_bytes, header.signature))


def signer(manifest: bytes, signature: bytes) -> ChecksumAddress | None:
    """Who made this EIP-191 signature (65 bytes) of a manifest; None if it is empty. Raises BundleError."""
    if not signature:
        return None
    try:
        text = encode_defunct(text=bundle.signing_text(manifest))
        signer: ChecksumAddress = Account.recover_message(text, signature=signature)
        return signer
    except Exception as error:  # eth-account's own errors have no common base
        raise BundleError("the sender's signature is damaged", "do not trust these files, ask the sender") from error
