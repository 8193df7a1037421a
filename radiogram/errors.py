"""Every error that Radiogram raises on purpose: what is wrong, with its value, and the way out in plain words.

RadiogramError
├── StudyError              what should be sent can't be read, or is nothing
│   ├── RepeatedError       the same images go to the same recipient already
│   └── NotTriedError       others failed before, for a reason that holds for all
├── ListError               not a day's list of studies
├── KeyFormatError          not a public key, private key, key file or key card
│   ├── PassphraseError     the passphrase does not fit the key file
│   ├── NoRecipientError    what was typed for a recipient names nobody
│   ├── HybridRecipientError   not an age recipient of the hybrid kind
│   ├── HybridDigestError   a hybrid recipient, but not the one that a digest stands for
│   └── SeedWordsError      not the words of a seed
│       ├── SeedLengthError     not 24 of them
│       ├── SeedListError       one is not in the list
│       └── SeedChecksumError   their checksum is wrong
├── EnvelopeError           an envelope that is not one of ours (docs/format.md, Envelope)
│   ├── WrongKeyError       sealed to another key, or damaged
│   │   └── WrongKeyVersionError   sealed to a key that the recipient has registered
│   └── WrongContextError   meant for another sender, recipient, contract or chain
├── KeyPacketError          a key packet that is not one of ours, or damaged (docs/format.md, Key packet)
│   ├── OtherPacketError    not the one that the envelope names
│   ├── WrongHybridKeyError   sealed to another hybrid key
│   │   └── NoHybridSecretError   the key at hand is not of a seed, so that it has no hybrid key
│   └── PacketContextError  meant for another sender, recipient, contract or chain
├── CiphertextError         damaged, cut short, or encrypted to another content key
├── BundleError             what was decrypted is not what the sender listed, or is unsafe to unpack
│   └── LongListError       it may be good, but its list of files is longer than is read
├── ClinicCardError         not a clinic's card, or not signed by its account (docs/format.md, Clinic card)
│   └── ClinicCheckError    neither site nor ENS name says that it is the clinic's
├── ReceiptError            not a receipt, or not signed by its account (docs/format.md, Receipts)
├── VerificationError       files are not what was signed, or nobody can say
├── OutputError             a file can't be written where it should go
│   ├── OutputFolderError   the place for the results can't be written, or is taken
│   │   └── OutputExists    taken by what may be overwritten
│   └── StateFolderError    nor can the folder of the local nodes
│       └── LockedError     another command holds a lock in it, and does not let go
├── RegisterError           not a register of contacts, damaged, or another account's
├── OutboxError             not an outbox, damaged, or another account's
│   └── InstanceError       what has arrived is not kept
│       └── OtherInstanceError   another one of the same UID is kept
├── ActError                not a signed act, or one for another contract or time
│   ├── NotAnActError       a file of another kind
│   └── OtherChainError     signed for another chain
├── RelayLimitError         whoever pays for others pays no more today
├── InboxError              the contract refused, or could not be asked
│   ├── ChainUnreachable    its node does not answer, or not as one does
│   ├── RangeRefused        its node gives no events of so many blocks, or of these
│   ├── NoInboxError        no contract at the address, on this network
│   ├── FactoryError        what deploys it is missing there, and can't be put there now
│   ├── FinalityError       a node does not say which blocks are final
│   ├── NoKeyError          the recipient has no key on record
│   │   └── NoHybridRecipientError   its hybrid key is promised, and can't be had
│   ├── NoMessageError      no message with that index
│   ├── NotApprovedError    the recipient takes messages from approved senders only
│   ├── NotSenderError      only its sender can take a message back
│   ├── InsufficientFundsError   too little Ether for the fee
│   ├── NonceTakenError     another transaction of the account has taken the place of this one
│   └── UnconfirmedError    a transaction was sent, or may have been, and may still come into a block
├── SourcifyError           the contract's source is not verified, or can't be now
├── IpfsError               the IPFS node refused, or its answer is not to be believed
│   ├── IpfsUnreachable     nothing answers
│   ├── IpfsTimeout         it stopped answering
│   │   └── IpfsSearchTimeout   it answers, and did not find in time what was asked for
│   ├── IpfsNotFound        the node does not have what was asked for
│   ├── IpfsIncomplete      fewer bytes than promised
│   ├── IpfsRefused         credentials missing or wrong
│   ├── IpfsReadOnly        a gateway, to which nothing can be added
│   ├── IpfsTooLarge        more bytes than promised
│   ├── IpfsMismatch        other bytes than those with the CID that was asked for
│   ├── CarError            not a CAR file, or a damaged one (docs/format.md, CAR file)
│   ├── IpfsWrongCid        what was added has another CID than the node says
│   ├── HomeListError       not a list of homes, or of too few
│   └── HomesError          fewer homes hold a study than should, when it is to be sent
├── ErasureError            what a message led to can't be deleted, or not from here
├── DicomError              a DICOM file is damaged, or of a kind that this is not done with
│   ├── PreviewError        no picture can be made of it
│   └── DeidentificationError   it can't be de-identified beyond doubt
│       └── PictureTextError    its picture may show the patient's name
├── DestinationError        a doctor's system can't be reached, or does not take all that it was sent
│   └── DestinationRefused  credentials missing or wrong
├── NewsError               somebody can't be told that there is news, or a list says whom in no way that is known
├── NodeError               a local node (chain or IPFS) is missing or does not start
│   ├── ProgramError        its program is missing, too old, or can't be run
│   ├── NoLocalNetworkError   what runs programs here (ape-ganache) is not installed
│   └── ListenError         the website's server can't listen at its address
└── Refusal                 the website's server does not do what it was asked for
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from http import HTTPStatus


class RadiogramError(Exception):
    """Root of all. Its texts are fit for a user, and hold no secret and no patient attribute.

    `message` says what happened, `hint` what to do about it, where that can be said without knowing which program the
    user sits at: names of options and environment variables are added where those are (radiogram/cli/hints.py).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return one_line(self.message, self.hint)


def one_line(message: str, hint: str) -> str:
    """`what happened: what to do`; with a semicolon where there is a colon already."""
    return f"{message}{'; ' if ': ' in message else ': '}{hint}" if hint else message


class StudyError(RadiogramError):
    pass


class RepeatedError(StudyError):
    pass


class NotTriedError(StudyError):
    pass


class ListError(RadiogramError):
    pass


class KeyFormatError(RadiogramError):
    pass


class PassphraseError(KeyFormatError):
    pass


class NoRecipientError(KeyFormatError):
    pass


class HybridRecipientError(KeyFormatError):
    pass


class HybridDigestError(KeyFormatError):
    pass


class SeedWordsError(KeyFormatError):
    pass


class SeedLengthError(SeedWordsError):
    pass


class SeedListError(SeedWordsError):
    pass


class SeedChecksumError(SeedWordsError):
    pass


class EnvelopeError(RadiogramError):
    pass


class WrongKeyError(EnvelopeError):
    pass


class WrongKeyVersionError(WrongKeyError):
    pass


class WrongContextError(EnvelopeError):
    pass


class KeyPacketError(RadiogramError):
    pass


class OtherPacketError(KeyPacketError):
    pass


class WrongHybridKeyError(KeyPacketError):
    pass


class NoHybridSecretError(WrongHybridKeyError):
    pass


class PacketContextError(KeyPacketError):
    pass


class CiphertextError(RadiogramError):
    pass


class BundleError(RadiogramError):
    pass


class LongListError(BundleError):
    pass


class ClinicCardError(RadiogramError):
    pass


class ClinicCheckError(ClinicCardError):
    pass


class ReceiptError(RadiogramError):
    pass


class VerificationError(RadiogramError):
    pass


class OutputError(RadiogramError):
    pass


class OutputFolderError(OutputError):
    pass


class OutputExists(OutputFolderError):  # noqa: N818 - reads as the fact it names
    pass


class RegisterError(RadiogramError):
    """Not a register of contacts, damaged, or another account's (docs/format.md, Register of contacts)."""


class OutboxError(RadiogramError):
    """Not an outbox, damaged, or another account's (docs/format.md, Outbox)."""


class InstanceError(OutboxError):
    pass


class OtherInstanceError(InstanceError):
    pass


class StateFolderError(OutputError):
    pass


class LockedError(StateFolderError):
    """Another command holds a lock in the state folder, and does not let go."""


class ActError(RadiogramError):
    pass


class NotAnActError(ActError):
    pass


class RelayLimitError(RadiogramError):
    """Whoever pays for the acts of others has set a limit, and it is reached."""


class OtherChainError(ActError):
    pass


class InboxError(RadiogramError):
    pass


class ChainUnreachable(InboxError):  # noqa: N818
    pass


class RangeRefused(InboxError):  # noqa: N818
    pass


class NoInboxError(InboxError):
    pass


class FactoryError(InboxError):
    pass


class FinalityError(InboxError):
    pass


class NoKeyError(InboxError):
    pass


class NoHybridRecipientError(NoKeyError):
    pass


class NoMessageError(InboxError):
    pass


class NotApprovedError(InboxError):
    pass


class NotSenderError(InboxError):
    pass


class InsufficientFundsError(InboxError):
    pass


class NonceTakenError(InboxError):
    pass


class UnconfirmedError(InboxError):
    """`tx_hash` is that of the transaction, 0x and 64 hex digits."""

    def __init__(self, message: str, tx_hash: str, hint: str = "it may still come: look before you repeat it") -> None:
        super().__init__(message, hint)
        self.tx_hash = tx_hash


class SourcifyError(RadiogramError):
    """The contract's source is not verified, or can't be now."""


class IpfsError(RadiogramError):
    pass


class IpfsUnreachable(IpfsError):  # noqa: N818
    pass


class IpfsTimeout(IpfsError):  # noqa: N818
    pass


class IpfsSearchTimeout(IpfsTimeout):
    pass


class IpfsNotFound(IpfsError):  # noqa: N818
    pass


class IpfsIncomplete(IpfsError):  # noqa: N818
    pass


class IpfsRefused(IpfsError):  # noqa: N818
    pass


class IpfsReadOnly(IpfsError):  # noqa: N818
    pass


class IpfsTooLarge(IpfsError):  # noqa: N818
    pass


class IpfsMismatch(IpfsError):  # noqa: N818
    pass


class CarError(IpfsError):
    pass


class IpfsWrongCid(IpfsError):  # noqa: N818
    pass


class HomeListError(IpfsError):
    pass


class HomesError(IpfsError):
    """So many homes hold it, and those called `missing` do not."""

    def __init__(self, message: str, hint: str = "", *, held: int = 0, missing: Collection[str] = ()) -> None:
        super().__init__(message, hint)
        self.held, self.missing = held, tuple(missing)


class ErasureError(RadiogramError):
    pass


class DicomError(RadiogramError):
    """`reason` is why, as a clause that may stand in another sentence about the file: `it is cut short`."""

    def __init__(self, message: str, hint: str = "", *, reason: str = "") -> None:
        super().__init__(f"{message}: {reason}" if reason else message, hint)
        self.reason = reason or message


class PreviewError(DicomError):
    pass


class DeidentificationError(DicomError):
    pass


class PictureTextError(DeidentificationError):
    pass


class NewsError(RadiogramError):
    """Somebody can't be told that there is news, or a list says whom in no way that is known."""


class DestinationError(RadiogramError):
    pass


class DestinationRefused(DestinationError):  # noqa: N818
    pass


class NodeError(RadiogramError):
    pass


class ProgramError(NodeError):
    """`program` is its usual name: `ipfs`, `ganache`."""

    def __init__(self, message: str, program: str) -> None:
        super().__init__(message)
        self.program = program


class NoLocalNetworkError(NodeError):
    pass


class ListenError(NodeError):
    pass


class Refusal(RadiogramError):  # noqa: N818
    """`status` is that of the reply."""

    def __init__(self, status: HTTPStatus, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
