/** A signed act as a file for the hospital, which puts it on the chain and pays the fee: docs/format.md, Signed acts. */

import type { Hex } from "../formats/bytes.ts";
import { type Act, signedActFile } from "../formats/signedAct.ts";
import { day } from "../ui/format.ts";
import { notice } from "../ui/notice.ts";
import { saveBlob } from "../ui/save.ts";

const HOLDS = 30 * 24 * 60 * 60; // seconds

/** Unix time at which an act signed now runs out. */
export function actDeadline(): number {
  return Math.floor(Date.now() / 1000) + HOLDS;
}

/** Saves the file, and says what it is for. `does`: `it passes your answer on`. Throws ActError. */
export function saveForHospital(
  act: Act,
  signature: Hex,
  { name, does, buttons }: { name: string; does: string; buttons: readonly HTMLElement[] },
): HTMLElement {
  const saved = saveBlob(new Blob([signedActFile(act, signature)]), name, "application/json");
  const until = day(new Date(act.deadline * 1000));
  const text = `Give this file to the hospital: ${does} and pays the fee. It holds no secret. It works until ${until}.`;
  return notice({ tone: "ok", title: `Saved as ${saved}.`, text, buttons });
}
