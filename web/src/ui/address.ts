/** Addresses and keys on screen: short, read out by their last signs, in full when asked for. */

import { button, copyButton } from "./button.ts";
import { h, hidden } from "./dom.ts";
import { shortAddress } from "./format.ts";

export { shortAddress } from "./format.ts";

/** What this website calls the key file of an account. */
export function keyFileName(address: string): string {
  return `radiogram-key-${address.slice(2, 6)}-${address.slice(-4)}.txt`;
}

/** `7 9 C 8`, as it is to be read out. */
export function spokenEnd(address: string): string {
  return Array.from(address.slice(-4)).join(" ");
}

/** Short on screen; to screen readers `Patient’s address, ending 7 9 C 8`. `whose` is such as `Patient’s address`. */
export function addressText(address: string, whose: string): HTMLElement {
  const shown = h("span", { class: "mono", "aria-hidden": "true" }, shortAddress(address));
  return h("span", { class: "address" }, shown, hidden(`${whose}, ending ${spokenEnd(address)}`));
}

/** All of it in groups of four, which are no spaces when copied. Groups that differ from `other`'s are bold. */
export function fullAddress(address: string, other?: string): HTMLElement {
  const theirs = other === undefined ? undefined : groups(other);
  const marked = groups(address).map((group, place) =>
    theirs && theirs[place]?.toLowerCase() !== group.toLowerCase() ? h("b", {}, group) : h("span", {}, group),
  );
  return h("code", { class: "full mono" }, marked);
}

/** `Show full address`, which opens it in place with `Copy address`; or open from the start. */
export function addressMore(address: string, what = "address", open = false): HTMLElement {
  const full = fullAddress(address);
  const copy = copyButton(() => address, {
    label: `Copy ${what}`,
    said: `${what[0]?.toUpperCase() ?? ""}${what.slice(1)} copied`,
    source: () => full,
  });
  const inner = h("div", { class: "full-open", hidden: !open }, full, copy);
  if (open) return h("div", { class: "address-more" }, inner);
  const toggle = button(`Show full ${what}`, turn, { kind: "link", props: { "aria-expanded": "false" } });
  function turn(): void {
    inner.hidden = !inner.hidden;
    toggle.setAttribute("aria-expanded", String(!inner.hidden));
    toggle.textContent = `${inner.hidden ? "Show" : "Hide"} full ${what}`;
  }
  return h("div", { class: "address-more" }, toggle, inner);
}

/** `0x` and then groups of four signs. */
function groups(address: string): string[] {
  return [address.slice(0, 2), ...(address.slice(2).match(/.{1,4}/g) ?? [])];
}
