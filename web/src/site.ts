/** Where this copy of the website finds things: `site.json` beside the page, made by whoever publishes the folder. */

import type { Address } from "viem";
import { SiteError } from "./errors.ts";
import { parseAddress } from "./formats/publicKey.ts";
import { textOf } from "./reply.ts";

export interface Site {
  /** The network, for people: `Local network`. */
  name: string;
  chainId: number;
  /** The ImageInbox contract. */
  inbox: Address;
  /** JSON-RPC of the chain; URL. */
  rpc: string;
  /** Each with a CID behind it is the URL of what has that CID; tried in order. */
  gateways: string[];
  /** Takes ciphertexts (POST, multipart); null where this copy can't upload. */
  upload: string | null;
  /** Bytes; the most that `upload` takes. */
  uploadLimit: number;
  /** For wallets that do not know the network (EIP-3085); null where they can't be told. */
  addChain: AddChain | null;
  /** Senders that this site vouches for: name by address, in EIP-55 spelling. */
  directory: Record<Address, string>;
  /** Who pays for what people without Ether sign; null where nobody does. */
  relay: Relay | null;
  /** What waits from the scanner, for who has the secret of the site's start; null where that is not shown. */
  outbox: string | null;
  /** Whom to tell what is about to be sent, and how many homes keep it before it is; null: the storage is all there is. */
  homes: Homes | null;
}

export interface Homes {
  /** Takes what to keep, and for which message (POST). */
  keep: string;
  wanted: number;
}

export interface Relay {
  /** Take signed acts and shares (POST). */
  act: string;
  share: string;
  /** Whose transactions they become. */
  account: Address;
}

export interface AddChain {
  rpcUrls: string[];
  nativeCurrency: { name: string; symbol: string; decimals: number };
  blockExplorerUrls?: string[];
}

const PATIENCE = 20_000; // milliseconds
const LIMIT = 1 << 20; // bytes

/** The settings of this copy, all URLs absolute. Throws SiteError. */
export async function loadSite(): Promise<Site> {
  const url = new URL("site.json", document.baseURI);
  let value: unknown;
  try {
    const response = await fetch(url, {
      cache: "no-cache",
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok)
      throw new SiteError(
        `This copy of Radiogram has no site.json (${response.status}): whoever publishes it adds one.`,
      );
    value = JSON.parse(await textOf(response, LIMIT));
  } catch (error) {
    if (error instanceof SiteError) throw error;
    throw new SiteError("The settings of this copy of Radiogram (site.json) can’t be read. Load the page again.");
  }
  return readSite(value, url);
}

/** Settings as they stand in site.json; URLs may be relative to `base`. Throws SiteError. */
export function readSite(value: unknown, base: URL): Site {
  const site = value as Partial<Site> | null;
  const gateways = site?.gateways;
  if (typeof site?.name !== "string" || !Number.isSafeInteger(site.chainId) || typeof site.rpc !== "string")
    throw unfit();
  if (typeof site.inbox !== "string") throw unfit();
  if (!Array.isArray(gateways) || !gateways.every((each) => typeof each === "string")) throw unfit();
  const resolve = (url: string): string => new URL(url, base).href;
  return {
    name: site.name,
    chainId: site.chainId ?? 0,
    inbox: parseAddress(site.inbox),
    rpc: resolve(site.rpc),
    gateways: gateways.map(resolve),
    upload: typeof site.upload === "string" ? resolve(site.upload) : null,
    uploadLimit: site.uploadLimit ?? Number.MAX_SAFE_INTEGER,
    addChain: site.addChain ? { ...site.addChain, rpcUrls: site.addChain.rpcUrls.map(resolve) } : null,
    directory: readDirectory(site.directory),
    relay: site.relay ? readRelay(site.relay, resolve) : null,
    outbox: typeof site.outbox === "string" ? ownOutbox(resolve(site.outbox), base) : null,
    homes: site.homes ? readHomes(site.homes, resolve) : null,
  };
}

/** What its secret is sent to is of the page's own origin, or nothing. */
function ownOutbox(url: string, base: URL): string | null {
  return new URL(url).origin === base.origin ? url : null;
}

function readDirectory(directory: Record<string, string> = {}): Record<Address, string> {
  return Object.fromEntries(Object.entries(directory).map(([address, name]) => [parseAddress(address), name]));
}

function readRelay({ act, share, account }: Partial<Relay>, resolve: (url: string) => string): Relay {
  if (typeof act !== "string" || typeof share !== "string" || typeof account !== "string") throw unfit();
  return { act: resolve(act), share: resolve(share), account: parseAddress(account) };
}

function readHomes({ keep, wanted }: Partial<Homes>, resolve: (url: string) => string): Homes {
  if (typeof keep !== "string" || !Number.isSafeInteger(wanted)) throw unfit();
  return { keep: resolve(keep), wanted: wanted ?? 0 };
}

function unfit(): SiteError {
  return new SiteError("The settings of this copy of Radiogram (site.json) are not complete: it was not set up well.");
}
