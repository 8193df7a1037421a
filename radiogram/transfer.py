"""Sends and retrieves studies: bundle, encrypt, add, seal, send; and back: open, fetch, decrypt, unpack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ape.api import AccountAPI
from eth_typing import ChecksumAddress

from radiogram import delivery
from radiogram.chain.inbox import Inbox, Message, Receipt, Recipient
from radiogram.delivery import Delivery, Ready, put, put_all
from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsNotFound,
    IpfsRefused,
    IpfsUnreachable,
    KeyFormatError,
    NoHybridRecipientError,
    NoHybridSecretError,
    OutputFolderError,
    RadiogramError,
    WrongKeyError,
    WrongKeyVersionError,
)
from radiogram.formats import bundle, ciphertext, envelope
from radiogram.formats.age_payload import CHUNK_BYTES
from radiogram.formats.bundle import BundleHeader
from radiogram.formats.envelope import PacketReference
from radiogram.formats.hybrid_key import check_recipient, recipient_cid
from radiogram.formats.kept_manifest import FOLDER, kept_names
from radiogram.formats.key_packet import PACKET_LIMIT, open_key_packet, seal_key_packet
from radiogram.formats.key_reference import Context, KeyReference
from radiogram.formats.keys import Keys
from radiogram.formats.manifest import FileEntry, Manifest
from radiogram.formats.signature import signer_of
from radiogram.formats.source_files import Study
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.upload import Added
from radiogram.outgoing.journal import Journal, Purpose, Sealed, entry_of
from radiogram.output.staging import StagedOutput

RECIPIENT_LIMIT = 2048  # bytes; a hybrid recipient has 1,959
JOURNAL_TEXT = "Radiogram: what I have sent, told to nobody but this computer of mine"
"""Signed by a sender, it is the secret of the sender's entries in the journal of sends."""
Progress = Callable[[int], None]
"""Told how many more bytes of the study have been dealt with."""
PacketOf = Callable[[KeyReference], bytes]
"""Makes the key packet of a study that is on IPFS."""


@dataclass(frozen=True)
class Sent:
    """A message that is in its recipient's inbox."""

    sender: ChecksumAddress
    recipient: Recipient
    index: int
    cid: bytes
    ciphertext_bytes: int
    packet_cid: bytes | None
    """Of the key packet; None in suite 1, which is not quantum-safe."""
    mailbox: ChecksumAddress | None
    """The inbox that it is in, if that is not the recipient's own: one that only the two can derive."""
    receipt: Receipt | None
    """None if software that we know nothing of has sent it on."""
    was_begun: bool
    """Whether an earlier run had begun it and was interrupted."""
    was_sent: bool
    """Whether it was in the inbox before: an earlier run had sent it, and this one has sent nothing."""


@dataclass(frozen=True)
class Opened:
    """What a message says: how to find the study, and the key to it."""

    reference: KeyReference
    packet_cid: bytes | None
    """Of the key packet; None in suite 1."""

    @property
    def is_quantum_safe(self) -> bool:
        """Whether what chain and IPFS hold of it stays closed to quantum computers: docs/format.md, Envelope."""
        return self.packet_cid is not None


@dataclass(frozen=True)
class OpenedEnvelope:
    """A message of which the envelope is open, and the key packet, if it has one, is still to be fetched."""

    contents: KeyReference | PacketReference
    context: Context
    hybrid_secret: bytes | None = field(repr=False)

    @property
    def has_packet(self) -> bool:
        return isinstance(self.contents, PacketReference)

    def opened(self, ipfs: Ipfs | None) -> Opened:
        """What the message says. Only a key packet needs IPFS. Raises KeyPacketError and its others, IpfsError."""
        if isinstance(self.contents, KeyReference):
            return Opened(self.contents, None)
        if self.hybrid_secret is None:
            raise NoHybridSecretError(
                "the message is quantum-safe, and this private key alone does not open it",
                "open it with the key file that has the 24 words",
            )
        cid = self.contents.cid
        packet = _node(ipfs).read(cid, PACKET_LIMIT)
        return Opened(open_key_packet(packet, cid, self.hybrid_secret, self.context), cid)


@dataclass(frozen=True)
class Received:
    """Files that were fetched, decrypted and checked."""

    cid: bytes
    files: list[tuple[Path, FileEntry]]
    """Where each is now, and what the manifest says of it."""
    signed_by: ChecksumAddress | None
    """The account that the signature gives; None without one that gives any. Compare it: most give some account."""
    header: BundleHeader = field(repr=False)
    """The manifest and its signature, which lie beside the files too."""


@dataclass(frozen=True)
class ManifestPreview:
    """The manifest of a study of which no file was fetched or checked."""

    manifest: Manifest
    signed_by: ChecksumAddress | None
    """The same as `Received.signed_by`."""


def send(
    study: Study,
    recipient: Recipient,
    *,
    sender: AccountAPI,
    sign: Callable[[str], bytes],
    inbox: Inbox,
    ipfs: Ipfs,
    journal: Journal | None = None,
    again: bool = False,
    identity: bytes | None = None,
    choose_mailbox: Callable[[], ChecksumAddress] | None = None,
    keep: Callable[[Sealed], None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> Sent:
    """Encrypt `study`, add it to IPFS, and put the envelope into the recipient's inbox.

    In suite 2 if the recipient has a hybrid key, and never in suite 1 then: NoHybridRecipientError if it can't be had.

    `sign` makes an EIP-191 signature of 65 bytes (r ‖ s ‖ v), or none: b"". The message is sent last, so that a
    failure leaves at most uploads that nobody can open. With a `journal`, a run that was interrupted is gone on with,
    and what was sent before is not sent twice, but for `again`. UnconfirmedError: the message may still come.
    `identity` tells the study from others where its manifest does not, because each run makes other files.
    With `choose_mailbox` it goes into the inbox that this chooses, not into the recipient's own, and the ciphertext's
    length says less of the study (docs/format.md, Mailboxes, and Length of a bundle).
    `keep` is called once all is uploaded and nothing is signed yet: what it raises keeps the message from being sent.
    """
    prepared = prepare(
        study,
        recipient,
        sender=sender.address,
        sign=sign,
        inbox=inbox,
        ipfs=ipfs,
        journal=journal,
        again=again,
        identity=identity,
        choose_mailbox=choose_mailbox,
        keep=keep,
        progress=progress,
    )
    with prepared as message:
        return message.sent(put(message.ready, sender, inbox))


@dataclass(frozen=True)
class Prepared:
    """A message to `recipient` that is sealed, and to be sent; or that was sent before."""

    sender: ChecksumAddress
    recipient: Recipient
    ready: Ready
    in_mailbox: bool

    @property
    def was_sent(self) -> bool:
        return self.ready.arrived is not None

    def sent(self, delivered: Delivery) -> Sent:
        sealed, arrived, begun = delivered.sealed, delivered.arrived, self.ready.entry.begun
        return Sent(
            self.sender,
            self.recipient,
            arrived.index,
            sealed.cid,
            sealed.ciphertext_bytes,
            sealed.packet_cid,
            begun.recipient if self.in_mailbox and begun else None,
            arrived.receipt,
            delivered.was_begun,
            delivered.was_sent,
        )


def send_together(
    prepared: Sequence[Prepared], *, sender: AccountAPI, inbox: Inbox, gas: int
) -> list[Sent | RadiogramError]:
    """Send what is prepared, and still held, by one transaction, which may use so much gas; for each what `send` would
    return, or raise. Each has an entry in a journal.
    """
    outcomes = put_all([each.ready for each in prepared], sender, inbox, gas)
    return [
        outcome if isinstance(outcome, RadiogramError) else each.sent(outcome)
        for each, outcome in zip(prepared, outcomes, strict=True)
    ]


@contextmanager
def prepare(
    study: Study,
    recipient: Recipient,
    *,
    sender: ChecksumAddress,
    sign: Callable[[str], bytes],
    inbox: Inbox,
    ipfs: Ipfs,
    journal: Journal | None,
    again: bool = False,
    identity: bytes | None = None,
    choose_mailbox: Callable[[], ChecksumAddress] | None = None,
    keep: Callable[[Sealed], None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> Iterator[Prepared]:
    """All of `send` but the message: it is sealed, and nothing is signed. Its entry in the journal is this process's
    alone until it is left. Arguments and errors as `send` has them.
    """
    recipient = complete(recipient, ipfs)

    def add(packet_of: PacketOf | None) -> tuple[KeyReference, bytes | None]:
        signature = sign(bundle.signing_text(study.manifest.to_bytes()))
        content_key = ciphertext.new_content_key()

        def reference(added: Added) -> KeyReference:
            return KeyReference(content_key, added.size, added.cid)

        plaintext = bundle.pieces(study, signature, progress, padded=choose_mailbox is not None)
        pieces = ciphertext.encrypt(plaintext, content_key)
        if packet_of is None:
            return reference(ipfs.add(pieces)), None
        added, packet = ipfs.add_both(pieces, lambda added: packet_of(reference(added)))
        return reference(added), packet.cid

    # The manifest, but for when this run has read the files.
    contents = replace(study.manifest, created="").to_bytes() if identity is None else identity
    secret = sign(JOURNAL_TEXT) if journal else b""
    purpose = recipient, contents, secret, sender
    with _prepared(add, *purpose, inbox, ipfs, journal, again, keep, choose_mailbox=choose_mailbox) as message:
        yield message


def share(
    reference: KeyReference,
    recipient: Recipient,
    *,
    sender: AccountAPI,
    inbox: Inbox,
    ipfs: Ipfs | None = None,
    journal: Journal | None = None,
    again: bool = False,
    keep: Callable[[Sealed], None] = lambda _: None,
) -> Sent:
    """Seal what opens a study to `recipient`, and put it into their inbox. No more is uploaded than a key packet; where
    the recipient has no hybrid key, nothing, and `ipfs` is not needed. `journal`, `again` and `keep` as for `send`.
    """
    recipient = complete(recipient, ipfs)

    def add(packet_of: PacketOf | None) -> tuple[KeyReference, bytes | None]:
        return reference, None if packet_of is None else _add_block(packet_of(reference), _node(ipfs))

    purpose = recipient, reference.cid, reference.content_key, sender.address
    with _prepared(add, *purpose, inbox, ipfs, journal, again, keep, has_uploaded=False) as message:
        return message.sent(put(message.ready, sender, inbox))


@contextmanager
def _prepared(
    add: Callable[[PacketOf | None], tuple[KeyReference, bytes | None]],
    recipient: Recipient,
    contents: bytes,
    secret: bytes,
    sender: ChecksumAddress,
    inbox: Inbox,
    ipfs: Ipfs | None,
    journal: Journal | None,
    again: bool,
    keep: Callable[[Sealed], None],
    *,
    has_uploaded: bool = True,
    choose_mailbox: Callable[[], ChecksumAddress] | None = None,
) -> Iterator[Prepared]:
    """Seal what `add` leads to, unless it was sent: `contents` and `secret` are those of its Purpose in the journal.

    `add` puts the study on IPFS, and its key packet if it is told how to make that; the packet's CID comes back too.
    """
    key_version = 0 if choose_mailbox else recipient.key_version  # a mailbox has registered none

    def seal(place: ChecksumAddress) -> Sealed:
        context = Context(inbox.chain_id, inbox.address, sender, place)

        hybrid = recipient.hybrid_recipient
        packet_of = (lambda reference: seal_key_packet(reference, hybrid, context)) if hybrid else None
        reference, packet_cid = add(packet_of)
        sealed = envelope.seal(PacketReference(packet_cid) if packet_cid else reference, recipient.public_key, context)
        return Sealed(reference.cid, reference.ciphertext_bytes, packet_cid, key_version, sealed, has_uploaded)

    sealed_to = recipient.public_key + (recipient.hybrid_digest or b"") + b"mailbox" * bool(choose_mailbox)
    purpose = Purpose(inbox.chain, inbox.address, sender, recipient.address, sealed_to, contents, secret)
    with entry_of(journal, purpose) as entry:
        ready = delivery.prepare(
            seal,
            choose_mailbox or (lambda: recipient.address),
            key_version,
            entry,
            sender=sender,
            inbox=inbox,
            again=again,
            in_mailbox=choose_mailbox is not None,
            is_kept=lambda each: _is_kept(each, ipfs),
        )
        if not ready.arrived and not list(entry):  # what is signed may have left
            keep(ready.sealed)
        yield Prepared(sender, recipient, ready, choose_mailbox is not None)


def _is_kept(sealed: Sealed, ipfs: Ipfs | None) -> bool:
    """Whether the node has what an envelope leads to, as far as it says. Raises IpfsError if it can't be asked."""
    if ipfs is None:
        return True
    try:
        with ipfs.open(sealed.cid, sealed.ciphertext_bytes, read_ahead=CHUNK_BYTES) as stream:
            stream.read(1)
        if sealed.packet_cid:
            ipfs.read(sealed.packet_cid, PACKET_LIMIT)
    except IpfsRefused:  # it may let a sender add, and not read
        return True
    except (IpfsNotFound, IpfsIncomplete):
        return False
    return True


def complete(recipient: Recipient, ipfs: Ipfs | None) -> Recipient:
    """`recipient` with its hybrid recipient, which is fetched by its digest where it is not known.

    Raises NoHybridRecipientError if it can't be had: nothing is sent in suite 1 then.
    """
    digest = recipient.hybrid_digest
    if digest is None or recipient.hybrid_recipient:
        return recipient
    try:
        text = _node(ipfs).read(recipient_cid(digest), RECIPIENT_LIMIT).decode("ascii", "replace")
        check_recipient(text, digest)
    except IpfsUnreachable:
        raise
    except (IpfsError, KeyFormatError) as error:  # a node may let a sender add, and not read
        raise NoHybridRecipientError(
            f"the quantum-safe key of {recipient.address} can't be had from IPFS",
            "ask the patient for the card file, and send to that",
        ) from error
    return replace(recipient, hybrid_recipient=text)


def publish_recipient(hybrid_recipient: str, ipfs: Ipfs) -> bytes:
    """Add a hybrid recipient to IPFS, where senders find it by its digest; its CID. Raises IpfsError."""
    return _add_block(hybrid_recipient.encode(), ipfs)


def open_message(message: Message, keys: Keys, inbox: Inbox, ipfs: Ipfs) -> Opened:
    """What `message` says. IPFS is asked for the key packet, if it is of suite 2.

    Raises WrongKeyError, WrongContextError, EnvelopeError; KeyPacketError and its others; IpfsError.
    """
    return open_envelope(message, keys, inbox).opened(ipfs)


def open_envelope(message: Message, keys: Keys, inbox: Inbox) -> OpenedEnvelope:
    """The envelope of `message`, opened. Raises WrongKeyError, WrongContextError, EnvelopeError."""
    context = Context(inbox.chain_id, inbox.address, message.sender, message.recipient)
    try:
        contents = envelope.open_envelope(message.envelope, keys.private_key, context)
    except WrongKeyError as error:
        if not message.key_version:
            raise
        raise WrongKeyVersionError(
            "this private key does not open the message: it was sealed to the key registered as version "
            f"{message.key_version}, or is damaged",
            "open it with that key",
        ) from error
    return OpenedEnvelope(contents, context, keys.hybrid_secret)


def _node(ipfs: Ipfs | None) -> Ipfs:
    if ipfs is None:
        raise IpfsError("no IPFS node", "name one: what is quantum-safe is kept there in part")
    return ipfs


def _add_block(data: bytes, ipfs: Ipfs) -> bytes:
    """Add a few bytes as one raw block; its CID."""
    return ipfs.add_bytes(data).cid


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

    With them goes the manifest with its signature (docs/format.md, Manifest beside files).
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
        names = [entry.name for entry in header.manifest.files]
        kept = _keep_manifest(header, staged.folder)
        places = staged.finish(names + kept, instead_of=[each for each in kept if (out / each).is_file()])
    files = list(zip(places[: len(names)], header.manifest.files, strict=True))
    return Received(contents.cid, files, signed_by, header)


def _keep_manifest(header: BundleHeader, folder: Path) -> list[str]:
    """Write manifest and signature below `folder`; their names there."""
    names = kept_names(header.manifest_bytes)
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
        for name, content in zip(names, (header.manifest_bytes, header.signature), strict=True):
            with (folder / name).open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
    except FileExistsError:
        raise OutputFolderError(f"a file of the study is called {FOLDER}, as the folder of its manifest is") from None
    except OSError as error:
        raise OutputFolderError(f"{FOLDER} can't be written: {error.strerror}", "make room") from None
    return list(names)


def read_manifest(contents: KeyReference, *, ipfs: Ipfs) -> ManifestPreview:
    """The manifest of what an opened envelope points to. Little more than that is fetched, and no file is checked.

    Raises IpfsError, CiphertextError, BundleError.
    """
    with (
        ipfs.open(contents.cid, contents.ciphertext_bytes, read_ahead=CHUNK_BYTES) as encrypted,
        ciphertext.open_decrypted(encrypted, contents.content_key, partly=True) as plaintext,
    ):
        header = bundle.read_bundle_header(plaintext)
    return ManifestPreview(header.manifest, signer(header.manifest_bytes, header.signature))


def signer(manifest: bytes, signature: bytes) -> ChecksumAddress | None:
    """The account that this EIP-191 signature (65 bytes) of a manifest gives, be it nobody's; None if it is empty, or
    gives none, as a contract's may (docs/format.md, Signature).
    """
    return signer_of(bundle.signing_text(manifest), signature)
