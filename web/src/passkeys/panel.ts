/** Makes passkeys for a key that is unlocked: never before its words are on paper, and beside them. */

import type { Keyring } from "../keys/keyring.ts";
import {
  dropFromDevice,
  type FreshPasskey,
  type Lack,
  lockWithPasskey,
  makePasskey,
  passkeyLack,
} from "../keys/passkey.ts";
import { keepPasskey, keptPasskeys } from "../keys/passkeyStore.ts";
import { shortAddress } from "../ui/address.ts";
import { button } from "../ui/button.ts";
import { type Child, fill, h } from "../ui/dom.ts";
import { type Field, field, tickBox } from "../ui/field.ts";
import { focusHeading, notice } from "../ui/notice.ts";
import { working } from "../ui/progress.ts";
import { say } from "../ui/speech.ts";
import type { Owner } from "../worker/worker.ts";
import { passkeyList } from "./list.ts";
import { lackWords } from "./lack.ts";
import { makingFailed, NOT_TRIED, reasonOf } from "./words.ts";

const NAME_LIMIT = 40;

export interface PasskeyPanelOptions {
  keyring: () => Keyring | null;
  owner: Owner;
  /** Whether the person is asked if the words are on paper; otherwise that is known. */
  askForPaper: boolean;
}

export class PasskeyPanel {
  readonly element = h("div", { class: "passkeys" });
  readonly #options: PasskeyPanelOptions;
  readonly #name: Field;
  readonly #paper = tickBox("passkey-paper", "I have my 24 words on paper.", () => {
    this.#paper.setError(null);
  });
  /** Made by the device, and not used yet. */
  #fresh: FreshPasskey | null = null;
  #isBusy = false;

  constructor(options: PasskeyPanelOptions) {
    this.#options = options;
    const hint = "So that you know it again: My phone.";
    this.#name = field({ id: "passkey-name", label: "Name of the passkey", hint, props: { maxlength: NAME_LIMIT } });
    void this.#begin();
  }

  async #begin(): Promise<void> {
    const lack: Lack = await passkeyLack();
    if (lack !== null) fill(this.element, h("p", { class: "hint" }, lackWords(lack)));
    else await this.#show(null);
  }

  /** `said`: how the last one went. */
  async #show(said: HTMLElement | null): Promise<void> {
    const { owner, askForPaper } = this.#options;
    const mine = (await keptPasskeys()).filter(({ address }) => address === owner.address);
    const retry = this.#fresh !== null;
    const make = button(
      retry ? "Use it once" : mine.length > 0 ? "Make another passkey" : "Make a passkey",
      () => this.#make(),
      { kind: mine.length > 0 && !retry ? "plain" : "go", icon: "key", props: { id: "make-passkey" } },
    );
    fill(
      this.element,
      said,
      mine.length > 0 && passkeyList(mine, () => void this.#show(null)),
      !retry && [this.#name.element, askForPaper && this.#paper.element],
      h("div", { class: "ways" }, make),
      h("p", { class: "hint" }, ABOUT()),
    );
    if (said !== null) focusHeading(said);
  }

  async #make(): Promise<void> {
    const keyring = this.#options.keyring();
    if (this.#isBusy || keyring === null) return;
    if (this.#options.askForPaper && !this.#paper.input.checked) {
      this.#paper.setError("Put your 24 words on paper first: a passkey goes with the device.");
      this.#paper.input.focus();
      return;
    }
    this.#isBusy = true;
    try {
      await this.#makeAndLock(keyring);
      say("Passkey made");
      this.#name.input.value = "";
      await this.#show(notice({ tone: "ok", title: "This passkey opens your images.", text: HERE() }));
    } catch (error) {
      if (reasonOf(error) !== "stopped") await this.#giveUp();
      await this.#show(notice(this.#fresh === null ? makingFailed(error) : NOT_TRIED));
    } finally {
      this.#isBusy = false;
    }
  }

  async #makeAndLock(keyring: Keyring): Promise<void> {
    const { address } = this.#options.owner;
    const name = this.#name.input.value.trim() || "This device";
    const label = `Radiogram ${shortAddress(address)}`;
    if (this.#fresh === null) {
      this.#wait("Your device asks you to make a passkey…");
      const mine = (await keptPasskeys()).filter((each) => each.address === address);
      this.#fresh = await makePasskey(label, mine);
    }
    this.#wait("It asks once more, to see that the passkey opens…");
    const file = await lockWithPasskey(keyring, this.#fresh);
    await keepPasskey({ ...this.#fresh, address, name, made: new Date(), file });
    this.#fresh = null;
  }

  /** It will not lock anything at another try either. */
  async #giveUp(): Promise<void> {
    if (this.#fresh !== null) await dropFromDevice(this.#fresh.id);
    this.#fresh = null;
  }

  #wait(words: string): void {
    fill(this.element, h("p", { class: "wait", tabindex: -1 }, working(words)));
    this.element.querySelector<HTMLElement>(".wait")?.focus();
    say(words);
  }
}

const HERE = (): string => `In this browser, at ${location.hostname}, and nowhere else.`;
const ABOUT = (): Child =>
  `It works in this browser, at ${location.hostname} alone, and goes with the device: keep your 24 words. Your device asks twice, to make it and to try it.`;
