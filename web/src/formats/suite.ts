/** Which envelopes this version knows, by their look alone: docs/format.md, Envelope. For pages, which open none. */

/** Of suite 1. */
export const ENVELOPE_BYTES = 154;
/** Of suite 2. */
export const PACKET_ENVELOPE_BYTES = 114;

/** Whether it looks like an envelope of version 1 or 2: no key opens anything else. */
export function isEnvelope(envelope: Uint8Array): boolean {
  const isKnown = envelope.length === ENVELOPE_BYTES || envelope.length === PACKET_ENVELOPE_BYTES;
  return isKnown && (envelope[0] === 2 || envelope[0] === 3);
}
