/** The technologist's wallet: finding, connecting, the right network; its words, and the pill in the top bar. */

import { discoverWallets, type WalletInfo } from "../../wallet/discovery.ts";
import { Wallet } from "../../wallet/wallet.ts";
import { Rejected, UnknownChain, WalletBusy } from "../../errors.ts";
import type { Site } from "../../site.ts";
import { addressMore } from "../../ui/address.ts";
import { button, link } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import type { PillItem, Shell } from "../../ui/shell.ts";
import { alarm, say } from "../../ui/speech.ts";
import { networkName } from "./model.ts";
import { type Waiting, waiting } from "./wait.ts";

const FIND_WALLETS = "https://ethereum.org/wallets/find-wallet/";
const ANNOUNCING = 700; // ms that wallets get to announce themselves; those of before EIP-6963 come last
const NOTHING_CHANGED = "Nothing has changed.";

type Trouble =
  | { kind: "none" }
  | { kind: "missing"; again: boolean }
  | { kind: "choose" }
  | { kind: "connecting" }
  | { kind: "refused" }
  | { kind: "busy" }
  | { kind: "failed"; details: string }
  | { kind: "lost" }
  | { kind: "network"; refused: boolean }
  | { kind: "switching" };

export class WalletDesk {
  /** Where the wallet's words and buttons are; the page puts it where they are needed. */
  readonly panel = h("div", { class: "wallet-panel" });
  wallet: Wallet | undefined;
  readonly #shell: Shell;
  readonly #site: Site;
  readonly #changed: () => void;
  readonly #more: readonly PillItem[];
  #found: WalletInfo[] = [];
  #trouble: Trouble = { kind: "none" };
  #asked: AbortController | undefined;
  #waiting: Waiting | undefined;
  /** What had the focus before the panel took it. */
  #opener: Element | null = null;

  /** `changed` is called when account, network or connection are others; `more` goes into the pill's menu. */
  constructor(shell: Shell, site: Site, changed: () => void, more: readonly PillItem[]) {
    this.#shell = shell;
    this.#site = site;
    this.#changed = changed;
    this.#more = more;
    let first = true;
    discoverWallets((wallets) => {
      this.#found = wallets;
      if (this.#trouble.kind === "choose" || this.#trouble.kind === "missing") this.#look({ kind: "choose" });
      if (first) setTimeout(() => void this.#resume(), 0);
      first = false;
    });
    this.#drawPill();
  }

  /** A connected wallet on the site's network. */
  get ready(): Wallet | undefined {
    return this.wallet?.isOn(this.#site) ? this.wallet : undefined;
  }

  /** What the person can do about a wallet that is not ready: connect, or switch. Whether it is ready now; if not, the focus is there. */
  async insist(): Promise<boolean> {
    if (this.wallet && !this.ready) {
      this.#look({ kind: "network", refused: false });
      focusHeading(this.panel);
    } else if (!this.wallet) await this.connect();
    return this.ready !== undefined;
  }

  async connect(): Promise<void> {
    if (this.#found.length === 0) await new Promise((resolve) => setTimeout(resolve, ANNOUNCING));
    const [only, ...others] = this.#found;
    if (only && others.length === 0) await this.#connectTo(only);
    else {
      this.#look(only ? { kind: "choose" } : { kind: "missing", again: this.#trouble.kind === "missing" });
      focusHeading(this.panel);
    }
  }

  /** The wallet's owner allowed this page before: no question is asked. */
  async #resume(): Promise<void> {
    for (const info of this.#found) {
      const wallet = await Wallet.reconnect(info).catch(() => undefined);
      if (this.wallet ?? this.#asked) return; // the person was faster
      if (wallet) {
        this.#take(wallet);
        return;
      }
    }
  }

  async #connectTo(info: WalletInfo): Promise<void> {
    const { signal } = this.#ask({ kind: "connecting" });
    focusHeading(this.panel);
    say("Look in your wallet. We asked it to connect.");
    try {
      this.#take(await Wallet.connect(info, signal));
    } catch (error) {
      this.#fail(error, signal, { kind: "refused" });
      return;
    }
    if (this.ready) {
      this.#giveBack();
      say(`Wallet connected, on ${this.#site.name}`);
    } else focusHeading(this.panel);
  }

  async #switch(): Promise<void> {
    const wallet = this.wallet;
    if (!wallet) return;
    const { signal } = this.#ask({ kind: "switching" });
    focusHeading(this.panel);
    try {
      await wallet.switchTo(this.#site, signal);
      this.#asked = undefined;
      this.#settle();
      this.#giveBack();
      say(`Your wallet is on ${this.#site.name} now.`);
    } catch (error) {
      const told = error instanceof Rejected || error instanceof UnknownChain;
      this.#fail(error, signal, { kind: "network", refused: told });
    }
  }

  #ask(trouble: Trouble): AbortController {
    if (!this.panel.contains(document.activeElement)) this.#opener = document.activeElement;
    this.#asked?.abort();
    this.#asked = new AbortController();
    this.#look(trouble);
    return this.#asked;
  }

  /** Stopped by the person: back to how it was. Refused: `refused`. Anything else has the wallet's own words. */
  #fail(error: unknown, signal: AbortSignal, refused: Trouble): void {
    if (signal.aborted && this.#asked?.signal !== signal) return; // another question took its place
    this.#asked = undefined;
    if (signal.aborted) {
      this.#settle();
      this.#giveBack();
      say("Stopped waiting.");
      return;
    }
    const asNo = error instanceof Rejected || refused.kind === "network";
    const details = error instanceof Error ? error.message : String(error);
    this.#look(asNo ? refused : error instanceof WalletBusy ? { kind: "busy" } : { kind: "failed", details });
    focusHeading(this.panel);
  }

  /** The panel is empty: the focus goes back to where it came from, or to the pill. */
  #giveBack(): void {
    const opener = this.#opener;
    const pill = document.querySelector<HTMLElement>("button.who");
    if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) opener.focus();
    else pill?.focus();
  }

  #take(wallet: Wallet): void {
    this.wallet?.close();
    this.wallet = wallet;
    this.#asked = undefined;
    wallet.listen({
      change: () => {
        if (this.wallet !== wallet || this.#asked) return;
        say(`Your wallet is ${this.ready ? "" : "not "}on ${this.#site.name}.`);
        this.#settle();
      },
      disconnect: () => {
        if (this.wallet === wallet) this.#lose();
      },
    });
    this.#settle();
  }

  #lose(): void {
    this.forget();
    this.#look({ kind: "lost" });
    alarm("Your wallet let go of this page.");
  }

  /** Lets go of the wallet; it stays connected on its own side, where only its owner can end that. */
  forget(): void {
    this.wallet?.close();
    this.wallet = undefined;
    this.#settle();
  }

  #settle(): void {
    const wrong = this.wallet !== undefined && !this.ready;
    this.#look(wrong ? { kind: "network", refused: false } : { kind: "none" });
    this.#drawPill();
    this.#changed();
  }

  #drawPill(): void {
    const { wallet } = this;
    if (!wallet) {
      this.#shell.setPill({ word: "Connect", more: " wallet", tone: "warn", press: () => this.connect() });
      return;
    }
    this.#shell.setPill({
      word: "Wallet",
      addressFirst: true,
      address: wallet.account,
      whose: "Your wallet",
      network: wallet.isOn(this.#site) ? this.#site.name : networkName(wallet.chainId),
      tone: this.ready ? "ok" : "warn",
      items: [
        { label: "Show full address", press: () => showAddress(wallet.account) },
        ...(this.#found.length > 1 ? [{ label: "Use another wallet", press: this.#another.bind(this) }] : []),
        ...this.#more,
        {
          label: "Disconnect",
          press: () => {
            this.forget();
          },
        },
      ],
    });
  }

  #another(): void {
    this.#look({ kind: "choose" });
    focusHeading(this.panel);
  }

  #look(trouble: Trouble): void {
    this.#waiting?.end();
    this.#trouble = trouble;
    fill(this.panel, this.#words(trouble));
  }

  #words(trouble: Trouble): Child {
    const again = button("Try again", () => this.connect());
    switch (trouble.kind) {
      case "none":
        return null;
      case "missing":
        return this.#missing(trouble.again);
      case "choose":
        return notice({
          level: 2,
          tone: "info",
          title: "Choose your wallet",
          buttons: this.#found.map((info) => this.#choice(info)),
        });
      case "connecting":
        return this.#wait("We asked it to connect.");
      case "switching":
        return this.#wait(`We asked it to change to ${this.#site.name}.`);
      case "refused":
        return notice({
          level: 2,
          tone: "warn",
          title: "You said no in your wallet.",
          text: NOTHING_CHANGED,
          buttons: [again],
        });
      case "busy":
        return notice({
          level: 2,
          tone: "warn",
          title: "Your wallet is still asking you something.",
          text: "Open it from your browser bar and answer, then try again.",
          buttons: [again],
        });
      case "failed":
        return notice({
          level: 2,
          tone: "warn",
          title: "Your wallet did not connect.",
          text: NOTHING_CHANGED,
          buttons: [again],
          details: trouble.details,
        });
      case "lost":
        return notice({
          level: 2,
          tone: "warn",
          title: "Your wallet let go of this page.",
          text: "What you chose is still here.",
          buttons: [button("Connect again", () => this.connect())],
        });
      case "network":
        return this.#wrongNetwork(trouble.refused);
    }
  }

  #missing(again: boolean): HTMLElement {
    const reload = button("Reload this page", () => {
      location.reload();
    });
    return notice({
      level: 2,
      tone: "info",
      title: "You need a wallet",
      text: again
        ? "Still none here. Some browsers show a new wallet only after the page was loaded again."
        : "A wallet is a small add-on for your browser. It signs for you.",
      buttons: [
        link("See wallets", FIND_WALLETS, { class: "btn" }),
        again ? reload : button("I have added one", () => this.#lookAgain()),
      ],
    });
  }

  async #lookAgain(): Promise<void> {
    discoverWallets((wallets) => {
      this.#found = wallets;
    })();
    await this.connect();
  }

  #choice(info: WalletInfo): HTMLElement {
    const picture = info.icon !== undefined && h("img", { src: info.icon, alt: "", width: 24, height: 24 });
    return button([picture, info.name], () => this.#connectTo(info), { props: { class: "wallet-choice" } });
  }

  #wait(text: string): HTMLElement {
    const asked = this.#asked;
    this.#waiting = waiting(text, () => {
      asked?.abort();
    });
    return notice({ level: 2, tone: "info", busy: true, title: "Look in your wallet", text: this.#waiting.element });
  }

  #wrongNetwork(refused: boolean): HTMLElement {
    const { name } = this.#site;
    return notice({
      level: 2,
      tone: "warn",
      title: `Your wallet is on ${networkName(this.wallet?.chainId ?? 0)}.`,
      text: refused ? `Change it in your wallet to ${name}.` : `Radiogram here uses ${name}.`,
      buttons: [button("Switch network", () => this.#switch())],
    });
  }
}

async function showAddress(account: string): Promise<void> {
  await dialog({
    title: "Your wallet’s address",
    body: addressMore(account, "address", true),
    buttons: [{ label: "Close", value: undefined }],
  });
}
