/** The browser's question before a page closes in the middle of something. */

const reasons = new Set<string>();

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** While any reason is on, closing asks. */
export function warnBeforeLeaving(reason: string, on: boolean): void {
  if (on) reasons.add(reason);
  else reasons.delete(reason);
  if (reasons.size > 0) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask); // a listener alone keeps pages out of the back/forward cache
}
