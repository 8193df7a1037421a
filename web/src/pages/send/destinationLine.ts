/** Where the images go, said before they are sent, with the way to choose otherwise. */

import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { icon } from "../../ui/icons.ts";
import type { Destination } from "./destination.ts";

export interface DestinationActions {
  /** Into the inbox; or into a mailbox after all. */
  decline: (isDeclined: boolean) => void;
  /** Opens what makes the clinic's card. */
  setUp: () => unknown;
}

const INTO_MAILBOX = "Into a mailbox that only you and they can derive: the chain does not tell whose it is.";

export function destinationLine(destination: Destination, act: DestinationActions): Child {
  if (destination.to === "mailbox") {
    const decline = button(
      "Use their inbox instead",
      () => {
        act.decline(true);
      },
      { kind: "link" },
    );
    return line("lock", INTO_MAILBOX, decline);
  }
  switch (destination.why) {
    case null:
      return null;
    case "declined": {
      const again = button(
        "Use a mailbox",
        () => {
          act.decline(false);
        },
        { kind: "link" },
      );
      return line("letter", "Into their open inbox, as you chose: everybody sees that you send to them.", again);
    }
    case "no-card": {
      const setUp = button("Set up our card", act.setUp, { kind: "link" });
      return line("letter", "Into their open inbox: your clinic’s card is not set up for this account.", setUp);
    }
    case "locked":
      return line("letter", "Into their open inbox: your register, which says who has our card, is locked.");
  }
}

function line(picture: "lock" | "letter", words: string, way?: HTMLElement): HTMLElement {
  return h("div", { class: "held where", tabindex: -1 }, icon(picture), h("p", {}, words, way && " ", way));
}
