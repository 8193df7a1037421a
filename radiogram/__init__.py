"""Hands patients their medical images, with no server in the middle.

A study is encrypted under a fresh content key and added to IPFS. Where it is, and the key, are sealed to the
recipient's keys; this envelope goes into the recipient's inbox, a contract on an Ethereum chain. Only the recipient's
keys open it.

    sent = radiogram.send(
        read_study([Path("CT")]),                      # radiogram.formats.source_files
        find_recipient("card.json", inbox, resolve),   # radiogram.chain.recipients
        sender=account,                                # of Ape
        sign=lambda text: account.sign_message(encode_defunct(text=text)).encode_rsv(),
        inbox=inbox,                                   # radiogram.chain.inbox.Inbox
        ipfs=Ipfs("http://127.0.0.1:5001"),            # radiogram.ipfs.client
        journal=Journal(Path(".radiogram/outgoing")),  # radiogram.outgoing.journal: nothing is sent twice
    )

    keys = read_keys(Path("key.txt"), ask_passphrase)  # radiogram.formats.key_file
    opened = radiogram.open_message(inbox.newest(patient), keys, inbox, ipfs)
    received = radiogram.retrieve(opened.reference, Path("received"), ipfs=ipfs)

All that goes wrong is a RadiogramError. The functions are imported when they are first used, because Ape takes
seconds to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogram.errors import (
    ActError,
    BundleError,
    CarError,
    ChainUnreachable,
    CiphertextError,
    ClinicCardError,
    ClinicCheckError,
    DeidentificationError,
    DestinationError,
    DestinationRefused,
    DicomError,
    EnvelopeError,
    ErasureError,
    FactoryError,
    FinalityError,
    HomeListError,
    HomesError,
    HybridDigestError,
    HybridRecipientError,
    InboxError,
    InstanceError,
    InsufficientFundsError,
    IpfsError,
    IpfsIncomplete,
    IpfsMismatch,
    IpfsNotFound,
    IpfsReadOnly,
    IpfsRefused,
    IpfsSearchTimeout,
    IpfsTimeout,
    IpfsTooLarge,
    IpfsUnreachable,
    IpfsWrongCid,
    KeyFormatError,
    KeyPacketError,
    ListenError,
    ListError,
    LockedError,
    LongListError,
    NewsError,
    NodeError,
    NoHybridRecipientError,
    NoHybridSecretError,
    NoInboxError,
    NoKeyError,
    NoLocalNetworkError,
    NoMessageError,
    NonceTakenError,
    NoRecipientError,
    NotAnActError,
    NotApprovedError,
    NotSenderError,
    NotTriedError,
    OtherChainError,
    OtherInstanceError,
    OtherPacketError,
    OutboxError,
    OutputError,
    OutputExists,
    OutputFolderError,
    PacketContextError,
    PassphraseError,
    PictureTextError,
    PreviewError,
    ProgramError,
    RadiogramError,
    RangeRefused,
    ReceiptError,
    Refusal,
    RegisterError,
    RelayLimitError,
    RepeatedError,
    SeedChecksumError,
    SeedLengthError,
    SeedListError,
    SeedWordsError,
    SourcifyError,
    StateFolderError,
    StudyError,
    UnconfirmedError,
    VerificationError,
    WrongContextError,
    WrongHybridKeyError,
    WrongKeyError,
    WrongKeyVersionError,
)

if TYPE_CHECKING:
    from radiogram.transfer import open_message, read_manifest, retrieve, send, share

_FUNCTIONS = ("open_message", "read_manifest", "retrieve", "send", "share")

__all__ = [
    "ActError",
    "BundleError",
    "CarError",
    "ChainUnreachable",
    "CiphertextError",
    "ClinicCardError",
    "ClinicCheckError",
    "DeidentificationError",
    "DestinationError",
    "DestinationRefused",
    "DicomError",
    "EnvelopeError",
    "ErasureError",
    "FactoryError",
    "FinalityError",
    "HomeListError",
    "HomesError",
    "HybridDigestError",
    "HybridRecipientError",
    "InboxError",
    "InstanceError",
    "InsufficientFundsError",
    "IpfsError",
    "IpfsIncomplete",
    "IpfsMismatch",
    "IpfsNotFound",
    "IpfsReadOnly",
    "IpfsRefused",
    "IpfsSearchTimeout",
    "IpfsTimeout",
    "IpfsTooLarge",
    "IpfsUnreachable",
    "IpfsWrongCid",
    "KeyFormatError",
    "KeyPacketError",
    "ListError",
    "ListenError",
    "LockedError",
    "LongListError",
    "NewsError",
    "NoHybridRecipientError",
    "NoHybridSecretError",
    "NoInboxError",
    "NoKeyError",
    "NoLocalNetworkError",
    "NoMessageError",
    "NoRecipientError",
    "NodeError",
    "NonceTakenError",
    "NotAnActError",
    "NotApprovedError",
    "NotSenderError",
    "NotTriedError",
    "OtherChainError",
    "OtherInstanceError",
    "OtherPacketError",
    "OutboxError",
    "OutputError",
    "OutputExists",
    "OutputFolderError",
    "PacketContextError",
    "PassphraseError",
    "PictureTextError",
    "PreviewError",
    "ProgramError",
    "RadiogramError",
    "RangeRefused",
    "ReceiptError",
    "Refusal",
    "RegisterError",
    "RelayLimitError",
    "RepeatedError",
    "SeedChecksumError",
    "SeedLengthError",
    "SeedListError",
    "SeedWordsError",
    "SourcifyError",
    "StateFolderError",
    "StudyError",
    "UnconfirmedError",
    "VerificationError",
    "WrongContextError",
    "WrongHybridKeyError",
    "WrongKeyError",
    "WrongKeyVersionError",
    "open_message",
    "read_manifest",
    "retrieve",
    "send",
    "share",
]


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        from radiogram import transfer

        return getattr(transfer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
