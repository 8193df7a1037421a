/**
 * In place of @noble/post-quantum and P-256, which age-encryption brings along for kinds of recipients that a Radiogram
 * file never has (docs/format.md, Ciphertext): vite.config.ts puts this there.
 */

export const MLKEM768P256 = undefined;
export const MLKEM768X25519 = undefined;
export const p256 = undefined;
