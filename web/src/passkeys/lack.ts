/** What is said where a page cannot have passkeys. */

import type { Lack } from "../keys/passkey.ts";
import { link } from "../ui/button.ts";
import type { Child } from "../ui/dom.ts";
import { OTHERWISE } from "./words.ts";

/** Why there are no passkeys here. */
export function lackWords(lack: NonNullable<Lack>): Child {
  switch (lack) {
    case "address":
      return ["A passkey belongs to a name, and this page was opened by a number. ", byName()];
    case "shared-host":
      return "A passkey belongs to a host name, and this one serves other people’s pages too. Open a copy of Radiogram that has a name of its own.";
    case "browser":
      return `This browser cannot lock a key with a passkey (WebAuthn PRF). ${OTHERWISE}`;
  }
}

/** The same page by a name, where there surely is one. */
function byName(): Child {
  const { hostname, protocol, port, pathname } = location;
  if (!hostname.startsWith("127.") && hostname !== "[::1]") return "Open it by its name.";
  const there = `${protocol}//localhost${port === "" ? "" : `:${port}`}${pathname}`;
  return ["Open ", link(there, there), ", unlock with your key file or your words there, and make it there."];
}
