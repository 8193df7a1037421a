/** In place of trustedWorker.ts where one file holds all: a Worker of code that is in the page. */

interface Policy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

/** By code. */
const started = new Map<string, string>();
let policy: Policy | undefined;

/** A Worker of this `code`, under the page's own policy: a Worker from a Blob inherits that. */
export function trustedWorker(code: string): Worker {
  const url = started.get(code) ?? URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  started.set(code, url);
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  policy ??= factory?.createPolicy("app", { createScriptURL: ours });
  return new Worker((policy?.createScriptURL(url) ?? ours(url)) as string);
}

function ours(url: string): string {
  if (![...started.values()].includes(url)) throw new TypeError(`${url} is not of this page`);
  return url;
}
