/**
 * What eciesjs uses of the noble libraries for our envelopes (secp256k1, HKDF-SHA256, AES-256-GCM). It asks for whole
 * modules of version 1; vite.config.ts gives it this instead, so that one version and only what is used is built in.
 */

export { gcm } from "@noble/ciphers/aes.js";
export { concatBytes, equalBytes } from "@noble/ciphers/utils.js";
export { secp256k1 } from "@noble/curves/secp256k1.js";
export { hkdf } from "@noble/hashes/hkdf.js";
export { sha256 } from "@noble/hashes/sha2.js";
export { bytesToHex, hexToBytes, randomBytes } from "@noble/hashes/utils.js";

/** Kinds of envelopes that we neither write nor read. */
export const cbc = undefined;
export const ed25519 = undefined;
export const x25519 = undefined;
export const xchacha20poly1305 = undefined;
