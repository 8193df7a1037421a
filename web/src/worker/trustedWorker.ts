/** The page's one Trusted Types policy. It lets through what the build made, and only to start Workers. */

interface Policy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

let policy: Policy | undefined;

/** A module Worker from a URL of this site (`import url from "./worker.ts?worker&url"`). Throws TypeError for any other URL. */
export function trustedWorker(url: string): Worker {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  policy ??= factory?.createPolicy("app", { createScriptURL: ours });
  return new Worker((policy?.createScriptURL(url) ?? ours(url)) as string, { type: "module" });
}

function ours(url: string): string {
  const resolved = new URL(url, location.href);
  if (resolved.origin !== location.origin) throw new TypeError(`${url} is not of this site`);
  return resolved.href;
}
