/** Amounts of Ether for people. */

const WEI = 10n ** 18n;

/** An amount of wei, exact, without trailing zeros: `0.0004`. */
export function ether(wei: bigint): string {
  const rest = (wei % WEI).toString().padStart(18, "0").replace(/0+$/, "");
  return `${wei / WEI}${rest && `.${rest}`}`;
}

/** The same, rounded up to two digits that count: a fee is never said to be less than it is. */
export function aboutEther(wei: bigint): string {
  const step = 10n ** BigInt(Math.max(wei.toString().length - 2, 0));
  return ether(((wei + step - 1n) / step) * step);
}

/** `0.0004 ETH`, rounded as `aboutEther` does, with a space that no line ends at. */
export function feeText(wei: bigint): string {
  return `${aboutEther(wei)}\u00a0ETH`;
}
