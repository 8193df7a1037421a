/** The page's one Trusted Types policy. It lets through what the build made, and only to start Workers. */

interface Policy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

let policy: Policy | undefined;

const confined = new Map<string, string>(); // by URL of this site: that of the Blob that imports it

/**
 * A module Worker from a URL of this site (`import url from "./worker.ts?worker&url"`), under the policy that its script
 * is served with; where files are served without headers, under none. Throws TypeError for any other URL.
 */
export function trustedWorker(url: string): Worker {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  policy ??= factory?.createPolicy("app", { createScriptURL: ours });
  return new Worker((policy?.createScriptURL(url) ?? ours(url)) as string, { type: "module" });
}

/** The same, under this page's own policy, whoever serves the script: a Worker from a Blob inherits that. */
export function confinedWorker(url: string): Worker {
  const script = ours(url);
  const blob = confined.get(script) ?? URL.createObjectURL(scriptOf(script));
  confined.set(script, blob);
  return trustedWorker(blob);
}

const scriptOf = (url: string): Blob => new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });

function ours(url: string): string {
  const resolved = new URL(url, location.href);
  const isOurs =
    resolved.protocol === "blob:" ? [...confined.values()].includes(url) : resolved.origin === location.origin;
  if (!isOurs) throw new TypeError(`${url} is not of this site`);
  return resolved.href;
}
