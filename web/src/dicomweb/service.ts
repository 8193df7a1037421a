/** Where a DICOMweb service is, and what lets in there: as a doctor gives them to a patient. */

import { DestinationError } from "../errors.ts";

export interface Service {
  /** The resource that takes instances (PS3.18 10.5): `https://pacs.example/dicom-web/studies`. */
  readonly studies: string;
  /** `https://pacs.example`: what a content security policy calls it. */
  readonly origin: string;
  /** For people: `pacs.example`, with a port that is not the usual one. */
  readonly host: string;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost"]);
/** An address, and behind it on the line or on the next one a token. */
const BOTH = /^\s*(https?:\/\/\S+)\s+((?:basic:|bearer:)?\S+)\s*$/i;

/** From the address of the service, or of its /studies. Throws DestinationError unless it is https, or of this computer. */
export function parseService(text: string): Service {
  const url = urlOf(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new DestinationError("This is not the address of such a system. It starts with https:// and has no ? or #.");
  if (url.username !== "" || url.password !== "")
    throw new DestinationError("Leave out what stands before the @. The token has its own field.");
  if (url.protocol === "http:" && !LOOPBACK.has(url.hostname))
    throw new DestinationError("Your images would travel unencrypted. The address has to start with https://.");
  const root = url.pathname.replace(/\/+$/, "").replace(/\/studies$/, "");
  return { studies: `${url.origin}${root}/studies`, origin: url.origin, host: url.host };
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/**
 * The value of the Authorization header: `TOKEN` and `bearer:TOKEN` (RFC 6750), `basic:USER:SECRET` (RFC 7617); null
 * for an empty text. Throws DestinationError.
 */
export function authorizationOf(text: string): string | null {
  const token = text.trim();
  if (token === "") return null;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new DestinationError("A token is one word of letters, digits and signs. Copy it again, and nothing else.");
  if (!/^basic:/i.test(token)) return `Bearer ${token.replace(/^bearer:/i, "")}`;
  const pair = token.slice("basic:".length);
  if (!pair.includes(":")) throw new DestinationError("After basic: stand a user’s name, a colon and their password.");
  return `Basic ${btoa(pair)}`;
}

/** Both of a text that holds both, on one line or two; null if it does not. */
export function bothOf(text: string): { address: string; token: string } | null {
  const [, address, token] = BOTH.exec(text) ?? [];
  return address === undefined || token === undefined ? null : { address, token };
}
