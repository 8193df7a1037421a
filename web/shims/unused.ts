/**
 * In place of @noble/post-quantum and P-256, which age-encryption brings along for kinds of recipients that a Radiogram
 * file never has (docs/format.md, Ciphertext), and of Node's fs and path, which the image codecs use on Node alone:
 * vite.config.ts puts this there.
 */

export const MLKEM768P256 = undefined;
export const MLKEM768X25519 = undefined;
export const p256 = undefined;
