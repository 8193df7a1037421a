/**
 * Every error that Radiogram throws on purpose. One line each: what is wrong, with its value, and the way out.
 * The names are those of radiogram/errors.py.
 *
 * RadiogramError
 * ├── StudyError              what should be sent can't be read, or is nothing
 * ├── KeyFormatError          not a public key, private key, key file or key card
 * │   ├── PassphraseError     the passphrase does not fit the key file
 * │   ├── HybridRecipientError   not an age recipient of the hybrid kind
 * │   ├── HybridDigestError   a hybrid recipient, but not the one that a digest stands for
 * │   ├── SeedWordsError      not the words of a seed
 * │   │   ├── SeedLengthError     not 24 of them
 * │   │   ├── SeedListError       one is not in the list
 * │   │   └── SeedChecksumError   their checksum is wrong
 * │   └── NotDerivable        this wallet's signatures can't be a key
 * ├── EnvelopeError           an envelope that is not one of ours (docs/format.md, Envelope)
 * │   ├── WrongKeyError       sealed to another key, or damaged
 * │   ├── WrongContextError   meant for another sender, recipient, contract or chain
 * │   └── NoHybridKeyError    sealed to a hybrid key too, which the key at hand has not
 * ├── KeyPacketError          a key packet that is not one of ours, or damaged (docs/format.md, Key packet)
 * │   ├── OtherPacketError    not the one that the envelope names
 * │   ├── WrongHybridKeyError   sealed to another hybrid key
 * │   └── PacketContextError  meant for another sender, recipient, contract or chain
 * ├── CiphertextError         damaged, cut short, or encrypted to another content key
 * ├── BundleError             what was decrypted is not what the sender listed, or is unsafe to unpack
 * ├── ActError                not a signed act
 * ├── ClinicCardError         not a clinic's card, or not signed by its account
 * │   └── ClinicCheckError    its site does not say that it is the clinic's
 * ├── RegisterError           not a list of clinics or register of contacts, or one that can't be opened or kept
 * ├── SiteError               this copy of the website lacks its settings
 * ├── InboxError              the contract refused, or could not be asked
 * │   ├── NoInboxError        no contract at the address, on this network
 * │   ├── NoKeyError          the recipient has no key on record
 * │   ├── NoHybridRecipient   the recipient’s hybrid key was promised, and is nowhere to be had
 * │   ├── HybridNotInForce    a card promises a hybrid key, and the key on record has none
 * │   ├── NoMessageError      no message with that index
 * │   ├── InsufficientFundsError   too little Ether for the fee
 * │   ├── ChainUnreachable    the chain's node does not answer
 * │   ├── TransactionFailed   a transaction that the chain took in, and undid
 * │   ├── TransactionLost     a transaction that the chain's node knows nothing of, or no more
 * │   └── TransactionReplaced another transaction took its place
 * ├── IpfsError               the IPFS node refused, or its answer is not to be believed
 * │   ├── IpfsUnreachable     nothing answers
 * │   ├── IpfsTimeout         it stopped answering
 * │   ├── IpfsNotFound        the node does not have what was asked for
 * │   ├── IpfsIncomplete      fewer bytes than promised
 * │   ├── IpfsRefused         the node does not let us
 * │   ├── IpfsMismatch        other bytes than those of the CID
 * │   ├── IpfsTooLarge        more bytes than promised, or than allowed
 * │   ├── HomesError          fewer homes keep a study than the site wants, before it is sent
 * │   └── CarError            not a CAR file, or a damaged one (docs/format.md, CAR file)
 * ├── DestinationError        a doctor’s system, of an address that is none, or that does not answer as one
 * ├── PasskeyError            the device did not make a passkey, or did not open with it
 * └── WalletError             the wallet did not do what it was asked
 *     ├── Rejected            its owner said no (EIP-1193, 4001)
 *     ├── WalletBusy          it is still asking its owner something (-32002)
 *     └── UnknownChain        it does not know the network, and can't be told (4902)
 *
 * Besides these, what is stopped by an AbortSignal throws a DOMException named AbortError.
 */

/** Root of all; its text is fit for a user, and holds no secret and no patient attribute. */
export class RadiogramError extends Error {
  /** The gateways that were asked, in order, where some were. */
  tries: Try[] = [];
}

/** What came of asking one gateway. */
export interface Try {
  gateway: string;
  /** One line. */
  error: string;
}

export class StudyError extends RadiogramError {}
export class KeyFormatError extends RadiogramError {}
export class PassphraseError extends KeyFormatError {}
export class HybridRecipientError extends KeyFormatError {}
export class HybridDigestError extends KeyFormatError {}
export class SeedWordsError extends KeyFormatError {}
export class SeedLengthError extends SeedWordsError {}
export class SeedListError extends SeedWordsError {}
export class SeedChecksumError extends SeedWordsError {}
export class NotDerivable extends KeyFormatError {}
export class EnvelopeError extends RadiogramError {}
export class WrongKeyError extends EnvelopeError {}
export class WrongContextError extends EnvelopeError {}
export class NoHybridKeyError extends EnvelopeError {}
export class KeyPacketError extends RadiogramError {}
export class OtherPacketError extends KeyPacketError {}
export class WrongHybridKeyError extends KeyPacketError {}
export class PacketContextError extends KeyPacketError {}
export class CiphertextError extends RadiogramError {}
export class BundleError extends RadiogramError {}
export class ActError extends RadiogramError {}
export class ClinicCardError extends RadiogramError {}
export class ClinicCheckError extends ClinicCardError {}
export class RegisterError extends RadiogramError {}
/** A signed act was not passed on to the chain. */
export class RelayError extends RadiogramError {}
/** Whoever pays for others pays no more today. */
export class RelayLimit extends RelayError {}
/** It may have been passed on all the same. */
export class RelayUnreachable extends RelayError {}

export class SiteError extends RadiogramError {}

export class InboxError extends RadiogramError {}
export class NoInboxError extends InboxError {}
export class NoKeyError extends InboxError {}
export class NoHybridRecipient extends InboxError {}
export class HybridNotInForce extends InboxError {}
export class NoMessageError extends InboxError {}
export class ChainUnreachable extends InboxError {}
export class TransactionFailed extends InboxError {}
export class TransactionLost extends InboxError {}
export class TransactionReplaced extends InboxError {}

/** Amounts in wei. */
export class InsufficientFundsError extends InboxError {
  fee = 0n;
  balance = 0n;
}

export class IpfsError extends RadiogramError {}
export class IpfsUnreachable extends IpfsError {}
export class IpfsTimeout extends IpfsError {}
export class IpfsNotFound extends IpfsError {}
export class IpfsIncomplete extends IpfsError {}
export class IpfsRefused extends IpfsError {}
export class IpfsMismatch extends IpfsError {}
export class IpfsTooLarge extends IpfsError {}
export class IpfsWrongCid extends IpfsError {}
export class CarError extends IpfsError {}
/** `held` of `wanted`; those called `missing` do not keep it. */
export class HomesError extends IpfsError {
  held = 0;
  wanted = 0;
  missing: readonly string[] = [];
}

/** Why a passkey did not do what it was asked. Browsers do not tell a person's no from a passkey that is gone. */
export type PasskeyReason = "stopped" | "exists" | "host" | "unable" | "no-prf" | "damaged" | "other";
export class DestinationError extends RadiogramError {}
export class PasskeyError extends RadiogramError {
  reason: PasskeyReason = "other";
}
export class WalletError extends RadiogramError {
  /** As in EIP-1193 and EIP-1474; 0 if the wallet named none. */
  code = 0;
}
export class Rejected extends WalletError {
  override code = 4001;
}
export class WalletBusy extends WalletError {
  override code = -32002;
}
export class UnknownChain extends WalletError {
  override code = 4902;
}

/** All of them by name, which minifiers do not keep and which errors take along when they leave the worker. */
export const ERRORS = {
  RadiogramError,
  StudyError,
  KeyFormatError,
  PassphraseError,
  HybridRecipientError,
  HybridDigestError,
  SeedWordsError,
  SeedLengthError,
  SeedListError,
  SeedChecksumError,
  NotDerivable,
  EnvelopeError,
  WrongKeyError,
  WrongContextError,
  NoHybridKeyError,
  KeyPacketError,
  OtherPacketError,
  WrongHybridKeyError,
  PacketContextError,
  CiphertextError,
  BundleError,
  ActError,
  ClinicCardError,
  ClinicCheckError,
  RegisterError,
  RelayError,
  RelayLimit,
  RelayUnreachable,
  SiteError,
  InboxError,
  NoInboxError,
  NoKeyError,
  NoHybridRecipient,
  HybridNotInForce,
  NoMessageError,
  ChainUnreachable,
  TransactionFailed,
  TransactionLost,
  TransactionReplaced,
  InsufficientFundsError,
  IpfsError,
  IpfsUnreachable,
  IpfsTimeout,
  IpfsNotFound,
  IpfsIncomplete,
  IpfsRefused,
  IpfsMismatch,
  IpfsTooLarge,
  IpfsWrongCid,
  CarError,
  HomesError,
  PasskeyError,
  WalletError,
  Rejected,
  WalletBusy,
  UnknownChain,
};

for (const [name, kind] of Object.entries(ERRORS)) kind.prototype.name = name;
