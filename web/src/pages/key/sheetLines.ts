/** How codes are written on the recovery sheet, so that people can copy and compare them. */

const GROUP = 4;
const GROUPS_A_LINE = 6;

/** The signs after 0x in groups of four, six groups a line: a private key has three lines. */
export function lines(code: string): string[][] {
  const groups = code.replace(/^0x/u, "").match(new RegExp(`.{1,${String(GROUP)}}`, "gu")) ?? [];
  const count = Math.ceil(groups.length / GROUPS_A_LINE);
  return Array.from({ length: count }, (_, line) => groups.slice(line * GROUPS_A_LINE, (line + 1) * GROUPS_A_LINE));
}

/** The number of the line with the last four signs. */
export function lastLine(code: string): number {
  return lines(code).length;
}

/** Whether somebody typed the last four signs as the sheet has them. */
export function isLastFour(code: string, typed: string): boolean {
  return typed.replace(/\s/gu, "").toLowerCase() === code.slice(-GROUP).toLowerCase();
}
