/** What a person does to send a study to a doctor's system: where to, whether really, and what came of it. */

import type { Fate } from "../../dicomweb/answer.ts";
import type { FromFrame, Parcel, ToFrame } from "../../dicomweb/handOver.ts";
import { type Instance, request, type StoreError } from "../../dicomweb/request.ts";
import { authorizationOf, bothOf, parseService, type Service } from "../../dicomweb/service.ts";
import { store } from "../../dicomweb/store.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type Field, field, secretField } from "../../ui/field.ts";
import { amountOf, counted, size } from "../../ui/format.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { progressBar } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import { wristband } from "../../ui/wristband.ts";
import { stopped, told, type Tally, troubled } from "./words.ts";

const SHOWN = 5; // names in a list

interface Target {
  readonly service: Service;
  readonly authorization: string | null;
}

export class DoctorPage {
  readonly element = h("div", { class: "step-body" });
  readonly #parcel: Parcel;
  readonly #tell: (message: FromFrame) => void;
  readonly #handedOver: () => Promise<readonly Instance[]>;
  readonly #address: Field;
  readonly #token: Field;
  readonly #fates = new Map<string, Fate>();
  #instances: readonly Instance[] | undefined;
  /** The only origin that this page may still speak to. */
  #confined: string | undefined;

  constructor(parcel: Parcel, port: MessagePort, tell: (message: FromFrame) => void) {
    this.#parcel = parcel;
    this.#tell = tell;
    this.#handedOver = () =>
      new Promise((resolve) => {
        port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
          if (data.type === "instances") resolve(data.instances);
        };
        tell({ type: "wanted" });
      });
    const paste = (event: ClipboardEvent): void => {
      const both = bothOf(event.clipboardData?.getData("text/plain") ?? "");
      if (both === null) return;
      event.preventDefault();
      this.#fillIn(both);
    };
    this.#address = field({
      id: "address",
      label: "Address of the system",
      hint: "It starts with https://",
      props: { inputmode: "url", on: { paste } },
    });
    const hint = "A word that lets you in. It is not kept. Leave this empty if you were given none.";
    this.#token = secretField({ id: "token", label: "Token", hint, props: { on: { paste } } }, "the token");
    this.#askWhere();
  }

  #fillIn({ address, token }: { address: string; token: string }): void {
    this.#address.input.value = address;
    this.#token.input.value = token;
    say("Address and token are filled in.");
  }

  // --- where to

  #askWhere(): void {
    const submit = (event: Event): void => {
      event.preventDefault();
      this.#look();
    };
    const { labels, bytes, leftOut } = this.#parcel;
    const goes = `${counted(labels.length, "DICOM file")}, ${size(bytes)}, exactly as the hospital made them.`;
    const stays = leftOut.length > 0 && [
      h("p", {}, `${counted(leftOut.length, "file")} can’t be sent there:`),
      list(leftOut),
    ];
    fill(
      this.element,
      h("p", {}, "Your doctor gave you an address and a token. Paste both here, in one piece or one by one."),
      h(
        "form",
        { class: "form", novalidate: true, on: { submit } },
        this.#address.element,
        this.#token.element,
        h("p", { class: "hint" }, goes),
        stays,
        h("div", { class: "ways" }, h("button", { type: "submit", class: "btn go" }, "Continue"), this.#notNow()),
      ),
    );
  }

  #look(): void {
    const both = bothOf(this.#address.input.value);
    if (both !== null) this.#fillIn(both);
    const service = attempt(this.#address, parseService);
    const authorization = attempt(this.#token, authorizationOf);
    if (service === undefined) this.#address.input.focus();
    else if (authorization === undefined) this.#token.input.focus();
    else this.#confirm({ service, authorization });
  }

  #notNow(label = "Not now"): HTMLElement {
    return button(label, () => {
      this.#tell({ type: "close" });
    });
  }

  #change(): HTMLElement {
    return button("Change address or token", () => {
      this.#askWhere();
      this.#address.input.focus();
    });
  }

  // --- whether really

  #confirm(target: Target): void {
    const { host, origin } = target.service;
    if (this.#confined !== undefined && this.#confined !== origin) {
      this.#show(
        notice({
          tone: "warn",
          title: "This is another system.",
          text: "So that your images go to one place alone, begin again for another one.",
          buttons: [this.#notNow("Close")],
        }),
      );
      return;
    }
    const { labels, bytes, people } = this.#parcel;
    const name = people.length > 0 ? people.join("; ") : "The files name nobody";
    const send = button(`Send to ${host}`, () => this.#send(target), { kind: "go", icon: "upload" });
    this.#show(
      h("h3", { tabindex: -1 }, `Send these images to ${host}?`),
      wristband({ tag: "The images belong to", name }),
      h("p", {}, `${counted(labels.length, "file")}, ${size(bytes)}.`),
      h(
        "p",
        {},
        `Whoever runs ${host} can see them then: there they are not encrypted. You cannot take them back. Send them only to an address that your doctor gave you.`,
      ),
      h("div", { class: "ways" }, send, this.#change(), this.#notNow()),
    );
  }

  // --- sending, and what came of it

  async #send(target: Target): Promise<void> {
    const { service, authorization } = target;
    this.#confine(service.origin);
    this.#instances ??= await this.#handedOver();
    const rest = this.#instances.filter(({ uid }) => !isThere(this.#fates.get(uid)));
    const total = rest.reduce((sum, { blob }) => sum + blob.size, 0);
    const stop = new AbortController();
    const [bar, quarters] = [progressBar(`Sending to ${service.host}`), new Quarters()];
    const cancel = button("Cancel", () => {
      stop.abort();
    });
    const progress = (done: number): void => {
      bar.set(done, total, amountOf(done, total));
      quarters.report(done, total, (percent) => `${percent} percent of your images are sent`);
      this.#tell({ type: "alive" });
    };
    progress(0);
    this.#show(
      h("h3", { tabindex: -1 }, `Sending to ${service.host}`),
      bar.element,
      h("p", { class: "hint" }, "Stay on this page."),
      h("div", { class: "ways" }, cancel),
    );
    this.#tell({ type: "busy", on: true });
    try {
      const post = (each: readonly Instance[], sent: (bytes: number) => void): Promise<Fate[]> =>
        request(service, authorization, each, sent, stop.signal);
      this.#done(target, await store(rest, this.#fates, post, progress));
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      this.#show(stopped(this.#tally(target), [this.#again(target, "Send the rest"), this.#notNow("Close")]));
    } finally {
      this.#tell({ type: "busy", on: false });
    }
  }

  #done(target: Target, trouble: StoreError | null): void {
    const tally = this.#tally(target);
    if (trouble !== null) {
      const buttons = [this.#again(target, "Try again"), this.#change(), this.#notNow("Close")];
      this.#show(troubled(trouble, tally, buttons), this.#refused());
      return;
    }
    const isAll = tally.there === tally.all;
    const buttons = [!isAll && this.#again(target, "Send these again"), this.#notNow("Close")].filter((each) => !!each);
    const words = told(tally, buttons);
    this.#show(words, this.#refused(), this.#changed());
    say(words.querySelector("h3")?.textContent ?? "");
  }

  #again(target: Target, label: string): HTMLElement {
    return button(label, () => this.#send(target), { kind: "go" });
  }

  #tally({ service: { host } }: Target): Tally {
    const fates = [...this.#fates.values()];
    const count = (is: (fate: Fate) => boolean): number => fates.filter(is).length;
    return {
      host,
      all: this.#parcel.labels.length,
      there: count(isThere),
      refused: count(({ at }) => at === "refused"),
      changed: count(({ at }) => at === "changed"),
    };
  }

  #refused(): Child {
    return this.#named("refused", "Not taken:");
  }

  #changed(): Child {
    return this.#named("changed", "It says that these are not stored just as they were:");
  }

  #named(at: "refused" | "changed", title: string): Child {
    const lines = (this.#instances ?? []).flatMap(({ uid }, place) => {
      const fate = this.#fates.get(uid);
      return fate?.at === at ? [`${this.#parcel.labels[place] ?? ""}: ${fate.why}`] : [];
    });
    return lines.length > 0 && [h("p", {}, title), list(lines)];
  }

  #show(...children: Child[]): void {
    fill(this.element, children);
    focusHeading(this.element);
  }

  /** From now on the browser lets this page speak to no other host, whatever comes. */
  #confine(origin: string): void {
    if (this.#confined !== undefined) return;
    this.#confined = origin;
    document.head.append(h("meta", { "http-equiv": "Content-Security-Policy", content: `connect-src ${origin}` }));
  }
}

function isThere(fate: Fate | undefined): boolean {
  return fate?.at === "stored" || fate?.at === "changed";
}

/** What `parse` makes of a field; undefined where it says what is wrong there. */
function attempt<T>(from: Field, parse: (text: string) => T): T | undefined {
  try {
    const parsed = parse(from.input.value);
    from.setError(null);
    return parsed;
  } catch (error) {
    from.setError(error instanceof Error ? error.message : "");
    return undefined;
  }
}

function list(lines: readonly string[]): HTMLElement {
  const more = lines.length - SHOWN;
  const shown = lines.slice(0, SHOWN).map((each) => h("li", {}, each));
  return h("ul", { class: "bullets" }, shown, more > 0 && h("li", {}, `and ${counted(more, "more file")}`));
}
