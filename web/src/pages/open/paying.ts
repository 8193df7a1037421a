/** A payment on screen: what the wallet asks, where to look, and every way it can end. */

import { button, link } from "../../ui/button.ts";
import { addressText } from "../../ui/address.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { feeText } from "../../chain/ether.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { say } from "../../ui/speech.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import type { WalletInfo } from "../../wallet/discovery.ts";
import { type Order, Payment, type PaymentState } from "./payment.ts";

/** Where people find wallets; nobody's in particular. */
export const WALLETS_URL = "https://ethereum.org/en/wallets/find-wallet/";
const HINT_AFTER = 20_000; // ms
const NETWORKS: Readonly<Record<number, string>> = {
  1: "Ethereum",
  10: "OP Mainnet",
  100: "Gnosis",
  137: "Polygon",
  1337: "Local network",
  8453: "Base",
  31337: "Local network",
  42161: "Arbitrum",
  11155111: "Sepolia",
};

export function networkName(chainId: number): string {
  return NETWORKS[chainId] ?? "another network";
}

export interface Paying {
  /** Of the button that asks the wallet: `Tell them`. */
  label: string;
  /** Beside it, such as `Not now`. */
  others: readonly HTMLElement[];
  /** What has not happened when it fails: `The sender was not told.` */
  undone: string;
  done: () => void;
}

/** Fills `host`, again at each change. Returns what ends it. */
export function showPayment(host: HTMLElement, order: Order, paying: Paying): () => void {
  const payment = new Payment(order, show);

  function show(state: PaymentState): void {
    warnBeforeLeaving("payment", state.at === "agree" || state.at === "preparing");
    fill(host, view(state));
    if (state.at === "done") paying.done();
    else if (state.at !== "ready") focusHeading(host);
    if (state.at === "confirming") say("On its way");
  }

  const start = (info?: WalletInfo): void => void payment.start(info);
  const again = (label: string): HTMLElement =>
    button(
      label,
      () => {
        start();
      },
      { kind: "go" },
    );
  const stop = (): HTMLElement =>
    button("Stop waiting", () => {
      payment.stopWaiting();
      host.querySelector("button")?.focus();
    });

  function view(state: PaymentState): Child {
    switch (state.at) {
      case "ready":
        return h("div", { class: "ways" }, again(paying.label), paying.others);
      case "no-wallet":
        return noWallet(() => {
          start();
        });
      case "choose":
        return walletChoice(state.wallets, start);
      case "connecting":
        return lookInWallet("We asked it to connect.", stop());
      case "other-account":
        return notice({
          tone: "warn",
          title: "Your wallet is on another account.",
          text: [
            "Change it in your wallet to ",
            addressText(state.needed, "Your address"),
            ". It is on ",
            addressText(state.account, "Your wallet’s address"),
            " now.",
          ],
          buttons: [again("I have changed it")],
        });
      case "network":
        return network(state.chainId, state.refused);
      case "preparing":
        return h("h3", { tabindex: -1 }, working("Getting ready…"));
      case "poor":
        return notice({
          tone: "warn",
          title: "Your wallet has too little for the fee.",
          text: `It needs about ${feeText(state.missing)} more.`,
          buttons: [again("Check again")],
        });
      case "agree":
        return notice({
          tone: "info",
          title: "Agree in your wallet",
          text: [`Fee about ${feeText(state.fee)}.`, walletHint()],
          buttons: [stop()],
        });
      case "said-no":
        return notice({
          tone: "warn",
          title: "You said no in your wallet.",
          text: paying.undone,
          buttons: [again("Ask again"), ...paying.others],
        });
      case "confirming":
        return notice({
          tone: "info",
          title: "On its way",
          text: "The network is writing it down. Most take under a minute. You can close this page.",
        });
      case "failed":
        return notice({
          tone: "err",
          title: state.sent ? "The network did not accept it." : "That did not work.",
          text: paying.undone,
          buttons: [again("Try again"), ...paying.others],
          details: state.detail,
        });
      case "done":
        return null;
    }
  }

  function network(chainId: number, refused: boolean): HTMLElement {
    const { name } = order.inbox.site;
    const text = refused ? `Change it in your wallet to ${name}.` : `Radiogram here uses ${name}.`;
    const press = (): unknown => (refused ? payment.start() : payment.switchNetwork());
    return notice({
      tone: "warn",
      title: `Your wallet is on ${networkName(chainId)}.`,
      text,
      buttons: [button(refused ? "I have changed it" : "Switch network", press, { kind: "go" })],
    });
  }

  show(payment.state);
  return () => {
    warnBeforeLeaving("payment", false);
    payment.close();
  };
}

export function noWallet(again: () => void): HTMLElement {
  return notice({
    tone: "info",
    title: "You need a wallet",
    text: "A wallet is a small add-on for your browser. It signs for you.",
    buttons: [button("I have added one", again, { kind: "go" }), link("See wallets", WALLETS_URL, { class: "btn" })],
  });
}

/** Icons as images, names as text: anybody may call a wallet anything. */
export function walletChoice(wallets: readonly WalletInfo[], choose: (info: WalletInfo) => void): HTMLElement {
  const buttons = wallets.map((info) =>
    button(
      [info.icon !== undefined && h("img", { src: info.icon, alt: "", width: 24, height: 24 }), info.name],
      () => {
        choose(info);
      },
      { props: { class: "wallet" } },
    ),
  );
  return notice({ tone: "info", title: "Choose your wallet", buttons });
}

export function lookInWallet(text: Child, stop: HTMLElement): HTMLElement {
  return notice({ tone: "info", title: "Look in your wallet", text: [text, walletHint()], buttons: [stop] });
}

/** Where to look, if nobody has answered after 20 seconds and it is still on the page. */
function walletHint(): HTMLElement {
  const words = "Nothing there? Open the wallet from your browser bar.";
  const hint = h("p", { hidden: true }, words);
  setTimeout(() => {
    if (!hint.isConnected) return;
    hint.hidden = false;
    say(words);
  }, HINT_AFTER);
  return hint;
}
