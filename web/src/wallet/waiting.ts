/** Waiting for a person to answer in their wallet, which may never happen. */

import "./wallet.css";
import { button } from "../ui/button.ts";
import { type Child, h } from "../ui/dom.ts";
import { say } from "../ui/speech.ts";
import type { WalletInfo } from "./discovery.ts";
import { OPEN_FROM_BAR } from "./messages.ts";

const HINT_AFTER = 20_000; // ms

/** Where to look, if nobody has answered after 20 seconds and it is still on the page. */
export function walletHint(): HTMLElement {
  const hint = h("p", { hidden: true }, OPEN_FROM_BAR);
  setTimeout(() => {
    if (!hint.isConnected) return;
    hint.hidden = false;
    say(OPEN_FROM_BAR);
  }, HINT_AFTER);
  return hint;
}

/** `text`, after 20 seconds where to look, and buttons. */
export function waiting(text: Child, ...buttons: readonly HTMLElement[]): HTMLElement {
  return h("div", { class: "waiting" }, text && h("p", {}, text), walletHint(), h("div", { class: "ways" }, buttons));
}

export function stopButton(stop: () => void): HTMLElement {
  return button("Stop waiting", stop);
}

/** Icons as images, names as text: anybody may call a wallet anything. */
export function walletButtons(wallets: readonly WalletInfo[], choose: (info: WalletInfo) => void): HTMLElement[] {
  return wallets.map((info) =>
    button(
      [info.icon !== undefined && h("img", { src: info.icon, alt: "", width: 24, height: 24 }), info.name],
      () => {
        choose(info);
      },
      { props: { class: "wallet-choice" } },
    ),
  );
}
