/** Finds the browser's wallets: EIP-6963, and window.ethereum of before. */

import { clean } from "../formats/text.ts";

/** EIP-1193, as far as it is used. */
export interface Provider {
  request(args: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (value: unknown) => void): unknown;
  removeListener?(event: string, listener: (value: unknown) => void): unknown;
}

/** A wallet that announced itself (EIP-6963), or the one at window.ethereum if none did. */
export interface WalletInfo {
  uuid: string;
  /** As text only: anybody may announce any name. */
  name: string;
  /** A data: URI of an image; absent if it is anything else. */
  icon?: string;
  rdns: string;
  provider: Provider;
}

const ANNOUNCE = "eip6963:announceProvider";
const ASK = "eip6963:requestProvider";
const LATE = 500; // milliseconds until the wallet of before EIP-6963 is taken
const ICON = /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/;

/** Tells `onChange` of all wallets known so far, at each new one. Returns what ends that. */
export function discoverWallets(onChange: (wallets: WalletInfo[]) => void): () => void {
  const found = new Map<string, WalletInfo>();
  const add = (wallet: WalletInfo): void => {
    if (found.has(wallet.uuid)) return;
    found.set(wallet.uuid, wallet);
    onChange([...found.values()]);
  };
  const announced = (event: Event): void => {
    const wallet = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (wallet) add(wallet);
  };
  window.addEventListener(ANNOUNCE, announced);
  window.dispatchEvent(new Event(ASK));
  const timer = setTimeout(() => {
    const provider = (window as { ethereum?: unknown }).ethereum;
    if (found.size === 0 && isProvider(provider)) add({ uuid: "", name: "Browser wallet", rdns: "", provider });
  }, LATE);
  return () => {
    clearTimeout(timer);
    window.removeEventListener(ANNOUNCE, announced);
  };
}

function readAnnouncement(detail: unknown): WalletInfo | undefined {
  const { info, provider } = (detail ?? {}) as { info?: Partial<Record<string, unknown>>; provider?: unknown };
  if (typeof info?.["uuid"] !== "string" || typeof info["name"] !== "string" || !isProvider(provider)) return undefined;
  const icon = info["icon"];
  const rdns = typeof info["rdns"] === "string" ? info["rdns"] : "";
  const wallet = { uuid: info["uuid"], name: clean(info["name"]), rdns, provider };
  return typeof icon === "string" && ICON.test(icon) ? { ...wallet, icon } : wallet;
}

function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && typeof (value as Provider).request === "function";
}
