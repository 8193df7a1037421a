/** Which envelopes this version knows, by their look alone: docs/format.md, Envelope. For pages, which open none. */

export const ENVELOPE_BYTES = 154;

/** Whether it looks like an envelope of version 1: no key opens anything else. */
export function isEnvelope(envelope: Uint8Array): boolean {
  return envelope.length === ENVELOPE_BYTES && (envelope[0] === 2 || envelope[0] === 3);
}
