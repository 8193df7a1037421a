/** Everything that pages use; what runs in the worker is not here. */

export type { Act, TypedData } from "./acts.ts";
export { signedActFile, typedData } from "./acts.ts";
export type { Hex } from "./bytes.ts";
export type { Context } from "./context.ts";
export * from "./errors.ts";
export { fingerprint } from "./fingerprint.ts";
export type { Cursor, Message, Receipt, Recipient, Request } from "./inbox.ts";
export { Inbox } from "./inbox.ts";
export type { Opened, Owner, Study } from "./keyring.ts";
export { Keyring } from "./keyring.ts";
export { addressOf, parseAddress, parsePublicKey, parseRecipient } from "./keys.ts";
export type { FileEntry, Manifest, ManifestExtras, PatientFacts, SeriesFacts, StudyFacts } from "./manifest.ts";
export { totalBytes } from "./manifest.ts";
export type { Progress } from "./progress.ts";
export type { AddChain, Site } from "./site.ts";
export { loadSite } from "./site.ts";
export type { Locked, SourceFile } from "./transfer.ts";
export { encryptStudy, release, seal, upload } from "./transfer.ts";
export type { Provider, WalletEvents, WalletInfo } from "./wallet.ts";
export { discoverWallets, Wallet } from "./wallet.ts";
export { keyRequest, walletSignature } from "./walletkey.ts";
export { clean } from "./text.ts";
