/**
 * What this page keeps in the browser. No name, date or image of anybody: only the addresses last sent to (to notice
 * one that merely looks like them), the transaction that is on its way, and what the sender calls itself. The chain
 * shows the first two to everyone anyway.
 */

const USED = "radiogram.used-addresses";
const PENDING = "radiogram.pending";
const LABEL = "radiogram.sender-label";
const MOST = 50;

export function usedAddresses(): string[] {
  return (read(USED) ?? "").split(" ").filter((each) => /^0x[0-9a-fA-F]{40}$/.test(each));
}

export function rememberAddress(address: string): void {
  write(USED, [address, ...usedAddresses().filter((each) => each !== address)].slice(0, MOST).join(" "));
}

export function forgetAddresses(): void {
  write(USED, null);
}

/** Hash of the transaction that nobody has seen confirmed yet. */
export function pending(): `0x${string}` | null {
  const hash = read(PENDING);
  return hash !== null && /^0x[0-9a-f]{64}$/.test(hash) ? (hash as `0x${string}`) : null;
}

export function setPending(hash: string | null): void {
  write(PENDING, hash);
}

/** What patients are told of who sent something; empty if nothing. */
export function senderLabel(): string {
  return read(LABEL) ?? "";
}

export function setSenderLabel(label: string): void {
  write(LABEL, label === "" ? null : label);
}

/** Browsers may refuse storage altogether: then nothing is remembered. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // as in read
  }
}
