/** Passkeys (WebAuthn with the PRF extension), which lock the words of a seed for this browser. */

import { base64urlnopad } from "@scure/base";
import { KeyFormatError, PasskeyError, type PasskeyReason } from "../errors.ts";
import { fromHex, toHex } from "../formats/bytes.ts";
import { passkeyIdentity } from "../formats/passkeyIdentity.ts";
import type { Owner } from "../worker/worker.ts";
import type { Keyring } from "./keyring.ts";
import type { Passkey } from "./passkeyStore.ts";

/** Why a page cannot have passkeys; null if it may. */
export type Lack = "address" | "shared-host" | "browser" | null;

const ALGORITHMS = [-8, -7, -257]; // Ed25519, ECDSA with P-256, RSA: nothing is ever signed with it
const REASONS: Readonly<Record<string, PasskeyReason>> = {
  NotAllowedError: "stopped",
  AbortError: "stopped",
  InvalidStateError: "exists",
  SecurityError: "host",
  ConstraintError: "unable",
  NotSupportedError: "unable",
};

/** A passkey is tied to a host name: an IP address is none, and a name that many sites share is not theirs alone. */
export async function passkeyLack(): Promise<Lack> {
  const { hostname, pathname } = location;
  if (/^[\d.]+$|^\[/u.test(hostname)) return "address";
  if (/^\/ip[fn]s\//u.test(pathname)) return "shared-host";
  if (!("PublicKeyCredential" in globalThis)) return "browser";
  const ask = (PublicKeyCredential as Partial<typeof PublicKeyCredential>).getClientCapabilities;
  const capabilities = await ask?.call(PublicKeyCredential).catch(() => undefined);
  return capabilities?.["extension:prf"] === false ? "browser" : null; // one that does not say is tried
}

/** A passkey that the device has made, and that locks nothing yet. */
export interface FreshPasskey {
  readonly id: string;
  readonly identity: string;
}

/** The device asks its owner. `not`: those that it may have already. Throws PasskeyError. */
export async function makePasskey(label: string, not: readonly Passkey[]): Promise<FreshPasskey> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    rp: { id: location.hostname, name: "Radiogram" },
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name: label, displayName: label },
    challenge: crypto.getRandomValues(new Uint8Array(16)), // nobody verifies it: nothing is logged in to
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    excludeCredentials: not.map(({ id }) => ({ type: "public-key", id: fromHex(id) })),
    // With an input: Windows Hello makes no credential for a bare `prf: {}` that has a PRF.
    extensions: { prf: { eval: { first: crypto.getRandomValues(new Uint8Array(32)) } } },
  };
  const credential = (await orReason(navigator.credentials.create({ publicKey }))) as PublicKeyCredential | null;
  if (credential === null) throw passkeyError("stopped");
  const id = new Uint8Array(credential.rawId);
  if (credential.getClientExtensionResults().prf?.enabled !== true) {
    await dropFromDevice(toHex(id));
    throw passkeyError("no-prf");
  }
  const transports = (credential.response as AuthenticatorAttestationResponse).getTransports();
  return { id: toHex(id), identity: passkeyIdentity(id, location.hostname, transports) };
}

/** Locks the words with it; the device asks once more, which shows that it opens. Throws PasskeyError, KeyFormatError. */
export async function lockWithPasskey(keyring: Keyring, { identity }: FreshPasskey): Promise<string> {
  const { webauthn } = await import("age-encryption");
  const recipient = new webauthn.WebAuthnRecipient({ identity });
  return keyring.passkeyFile((fileKey) => orReason(recipient.wrapFileKey(fileKey)));
}

/** The device asks its owner. Throws PasskeyError. */
export async function unlockWithPasskey(keyring: Keyring, { identity, file }: Passkey): Promise<Owner> {
  const { webauthn } = await import("age-encryption");
  const opens = new webauthn.WebAuthnIdentity({ identity });
  try {
    return await keyring.unlockPasskeyFile(file, (stanzas) => orReason(opens.unwrapFileKey(stanzas)));
  } catch (error) {
    throw error instanceof KeyFormatError ? passkeyError("damaged", error) : error;
  }
}

/** Tells the device that nobody needs it any more; not every one listens. */
export async function dropFromDevice(id: string): Promise<void> {
  const { signalUnknownCredential: tell } = PublicKeyCredential as unknown as Signals;
  const credentialId = base64urlnopad.encode(fromHex(id));
  await tell?.call(PublicKeyCredential, { rpId: location.hostname, credentialId }).catch(() => undefined);
}

interface Signals {
  signalUnknownCredential?: (options: { rpId: string; credentialId: string }) => Promise<void>;
}

/** age-encryption has an error of no kind for a device without a PRF. */
async function orReason<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof DOMException) throw passkeyError(REASONS[error.name] ?? "other", error);
    const isPrf = error instanceof Error && error.message.includes("PRF");
    throw passkeyError(isPrf ? "no-prf" : "other", error);
  }
}

function passkeyError(reason: PasskeyReason, error?: unknown): PasskeyError {
  const text = error instanceof Error ? error.message : "The passkey was not used.";
  return Object.assign(new PasskeyError(text), { reason });
}
