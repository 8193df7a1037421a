"""Every error that Radiogram raises on purpose. One line each: what is wrong, with its value, and the way out.

RadiogramError
├── StudyError              what should be sent can't be read, or is nothing
├── KeyFormatError          not a public key, private key, key file or key card
│   └── PassphraseError     the passphrase does not fit the key file
├── EnvelopeError           an envelope that is not one of ours (docs/format.md, Envelope)
│   ├── WrongKeyError       sealed to another key, or damaged
│   └── WrongContextError   meant for another sender, recipient, contract or chain
├── CiphertextError         damaged, cut short, or encrypted to another content key
├── BundleError             what was decrypted is not what the sender listed, or is unsafe to unpack
├── OutputError             a file can't be written where it should go
├── ActError                not a signed act, or one for another chain, contract or time
├── InboxError              the contract refused, or could not be asked
│   ├── NoInboxError        no contract at the address, on this network
│   ├── NoKeyError          the recipient has no key on record
│   ├── NoMessageError      no message with that index
│   └── InsufficientFundsError   too little Ether for the fee
├── IpfsError               the IPFS node refused, or its answer is not to be believed
│   ├── IpfsUnreachable     nothing answers
│   ├── IpfsTimeout         it stopped answering
│   ├── IpfsNotFound        the node does not have what was asked for
│   ├── IpfsIncomplete      fewer bytes than promised
│   ├── IpfsRefused         credentials missing or wrong
│   └── IpfsTooLarge        more bytes than promised
├── PreviewError            no picture can be made of this file
├── DeidentificationError   a file can't be de-identified beyond doubt
└── NodeError               a local node (chain or IPFS) is missing or does not start
"""


class RadiogramError(Exception):
    """Root of all; its text is fit for a user, and holds no secret and no patient attribute."""


class StudyError(RadiogramError):
    pass


class KeyFormatError(RadiogramError):
    pass


class PassphraseError(KeyFormatError):
    pass


class EnvelopeError(RadiogramError):
    pass


class WrongKeyError(EnvelopeError):
    pass


class WrongContextError(EnvelopeError):
    pass


class CiphertextError(RadiogramError):
    pass


class BundleError(RadiogramError):
    pass


class OutputError(RadiogramError):
    pass


class ActError(RadiogramError):
    pass


class InboxError(RadiogramError):
    pass


class NoInboxError(InboxError):
    pass


class NoKeyError(InboxError):
    pass


class NoMessageError(InboxError):
    pass


class InsufficientFundsError(InboxError):
    pass


class IpfsError(RadiogramError):
    pass


class IpfsUnreachable(IpfsError):  # noqa: N818 - reads as the fact it names
    pass


class IpfsTimeout(IpfsError):  # noqa: N818
    pass


class IpfsNotFound(IpfsError):  # noqa: N818
    pass


class IpfsIncomplete(IpfsError):  # noqa: N818
    pass


class IpfsRefused(IpfsError):  # noqa: N818
    pass


class IpfsTooLarge(IpfsError):  # noqa: N818
    pass


class NodeError(RadiogramError):
    pass


class PreviewError(RadiogramError):
    pass


class DeidentificationError(RadiogramError):
    pass
