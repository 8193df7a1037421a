/**
 * What this page keeps in the browser. No name, date or image of anybody: only the addresses last sent to (to notice
 * one that merely looks like them), what the sender calls itself, and whether it signs. The chain shows the first to everyone anyway.
 * A tab keeps what shows the outbox of the computer that its page comes from, until it is closed.
 * What is being sent is kept by the journal: src/outgoing. Whose key is whose, encrypted, by the register: src/contacts.
 */

const USED = "radiogram.used-addresses";
const LABEL = "radiogram.sender-label";
const SIGNS = "radiogram.signs";
const OUTBOX = "radiogram.outbox"; // of the tab, not of the browser
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

/** What patients are told of who sent something; empty if nothing. */
export function senderLabel(): string {
  return read(LABEL) ?? "";
}

export function setSenderLabel(label: string): void {
  write(LABEL, label === "" ? null : label);
}

/** Whether the wallet is asked to sign each list of images. */
export function signsLists(): boolean {
  return read(SIGNS) !== null;
}

export function setSignsLists(on: boolean): void {
  write(SIGNS, on ? "yes" : null);
}

/** The outbox's secret, of an address that was just opened, or that this tab had before; null: none. Gone with the tab. */
export function keptSecret(opened: string | null): string | null {
  try {
    if (opened !== null) sessionStorage.setItem(OUTBOX, opened);
    return opened ?? sessionStorage.getItem(OUTBOX);
  } catch {
    return opened;
  }
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
