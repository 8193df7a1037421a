/** What a patient can do with an open study: tell its sender, and hand it on to a doctor. */

import type { Address } from "viem";
import { fingerprint } from "../../../formats/fingerprint.ts";
import { KeyFormatError, NoKeyError } from "../../../errors.ts";
import { parseRecipient } from "../../../formats/publicKey.ts";
import type { Recipient } from "../../../chain/inbox.ts";
import { risksOf } from "../../../recipients/risks.ts";
import { addressMore, addressText, fullAddress } from "../../../ui/address.ts";
import { button } from "../../../ui/button.ts";
import { type Child, fill, h } from "../../../ui/dom.ts";
import { field, type FieldError } from "../../../ui/field.ts";
import { focusHeading, notice } from "../../../ui/notice.ts";
import { working } from "../../../ui/progress.ts";
import { canScan, scanCode } from "../../../ui/scan.ts";
import { say } from "../../../ui/speech.ts";
import type { Desk } from "./desk.ts";
import { names } from "./notes.ts";
import { UNREACHABLE } from "../../../wallet/messages.ts";
import { showPayment } from "../../../wallet/paymentPanel.ts";
import { actDeadline, saveForHospital } from "../../../registration/relayFile.ts";

const DOCTOR = "Doctor’s address";

/** Acknowledge: by transaction from the inbox's account, or signed by its key for another to pay. */
export function tellPanel(desk: Desk, index: number, inbox: Address, host: HTMLElement, close: () => void): () => void {
  const paying = h("div");
  const notNow = button("Not now", close);
  const own = desk.owner?.address === inbox;
  const done = (): void => {
    desk.dispatch({ type: "acknowledged", index });
    fill(host, h("h2", { tabindex: -1 }, "The sender knows now."), h("div", { class: "ways" }, button("Close", close)));
    focusHeading(host);
    say("The sender knows now.");
  };
  const save = async (): Promise<void> => {
    const act = desk.inbox.acknowledgeAct(inbox, index, actDeadline());
    const signature = await desk.keyring.signAct(act);
    const [name, does] = [`radiogram-answer-${String(index)}.json`, "it passes your answer on"];
    fill(paying, saveForHospital(act, signature, { name, does, buttons: [button("Close", close)] }));
    focusHeading(paying);
  };
  const asFile = own ? button("Save my answer as a file", save, { props: { id: "answer-file" } }) : null;
  fill(
    host,
    h("h2", { tabindex: -1 }, "Tell the sender you got it?"),
    h("p", {}, "Everyone can see that you answered, not what you got."),
    own && h("p", { class: "hint" }, "A wallet pays the fee. No wallet? Save your answer as a file for the hospital."),
    paying,
  );
  return showPayment(
    paying,
    {
      inbox: desk.inbox,
      wallet: desk.wallet,
      wallets: () => desk.wallets,
      account: own ? null : inbox,
      prepare: async () => {
        if (!own) return desk.inbox.acknowledgeCall(index);
        const act = desk.inbox.acknowledgeAct(inbox, index, actDeadline());
        return desk.inbox.relayCall(act, await desk.keyring.signAct(act));
      },
    },
    { label: "Tell them", others: asFile ? [asFile, notNow] : [notNow], undone: "The sender was not told.", done },
  );
}

/** Hands a study on: a new envelope of the same contents, sealed to a doctor whose address was looked at. */
export function sharePanel(
  desk: Desk,
  index: number,
  inbox: Address,
  problems: (errors: readonly FieldError[]) => void,
  host: HTMLElement,
  close: () => void,
): () => void {
  let end: (() => void) | undefined;
  const body = h("div", { class: "step-body" });
  const scan = canScan() && button("Scan code", () => scanned(), { icon: "camera" });
  const doctor = field({
    id: "doctor",
    label: "Doctor’s public key or address",
    hint: "Paste the doctor’s address. They get their own locked copy of the key.",
    beside: scan,
  });
  doctor.element.classList.add("code");

  function ask(...before: Child[]): void {
    end?.();
    end = undefined;
    const form = h(
      "form",
      {
        class: "form",
        novalidate: true,
        on: {
          submit: (event) => {
            event.preventDefault();
            void check();
          },
        },
      },
      doctor.element,
      h(
        "div",
        { class: "ways" },
        h("button", { type: "submit", class: "btn go" }, "Continue"),
        button("Not now", leave),
      ),
    );
    fill(body, before, form);
  }

  function leave(): void {
    problems([]);
    close();
  }

  async function scanned(): Promise<void> {
    const text = await scanCode();
    if (text === undefined) return;
    doctor.input.value = text;
    await check();
  }

  async function check(): Promise<void> {
    let said: ReturnType<typeof parseRecipient>;
    try {
      said = parseRecipient(doctor.input.value);
    } catch (error) {
      if (!(error instanceof KeyFormatError)) throw error;
      const text = doctor.input.value.trim() === "" ? "Paste the doctor’s public key or address." : error.message;
      doctor.setError(text);
      problems([{ field: "doctor", text }]);
      return;
    }
    doctor.setError(null);
    problems([]);
    fill(body, h("h3", { tabindex: -1 }, working("Looking for this doctor’s key…")));
    focusHeading(body);
    try {
      const recipient = await desk.inbox.recipient(said.address, said.publicKey);
      weigh(recipient, await desk.inbox.isContract(said.address));
    } catch (error) {
      ask(noKey(error));
      focusHeading(body);
    }
  }

  function noKey(error: unknown): HTMLElement {
    if (error instanceof NoKeyError) {
      return notice({
        tone: "warn",
        title: "This address cannot get images yet.",
        text: "Ask the doctor for their public key.",
        details: error.message,
      });
    }
    const details = error instanceof Error ? error.message : undefined;
    return notice({ tone: "warn", title: UNREACHABLE, text: "Try again.", details });
  }

  function weigh(recipient: Recipient, isContract: boolean): void {
    const known = [...Object.keys(names()), inbox];
    const [risk] = risksOf(recipient.address, isContract, { own: inbox, used: known });
    if (risk === undefined) {
      ready(recipient);
      return;
    }
    const words = {
      own: "It is your own address.",
      contract: "It is a program, not a person.",
      alike: "It looks like one you know but is not the same.",
    }[risk.kind];
    const both = risk.kind === "alike" && [
      h("p", {}, "This one: ", fullAddress(recipient.address, risk.other)),
      h("p", {}, "The one you know: ", fullAddress(risk.other, recipient.address)),
    ];
    fill(
      body,
      notice({
        tone: "warn",
        title: "Check this address",
        text: [words, both],
        buttons: [
          button(
            "Use another address",
            () => {
              ask();
              doctor.input.focus();
            },
            { kind: "go" },
          ),
          button("I checked it with the doctor", () => {
            ready(recipient);
          }),
        ],
      }),
    );
    focusHeading(body);
  }

  function ready(recipient: Recipient): void {
    const paying = h("div");
    fill(
      body,
      h("h3", { tabindex: -1 }, "Doctor ", addressText(recipient.address, DOCTOR), " is ready"),
      addressMore(recipient.address),
      h("p", {}, "Read these words with the doctor. If theirs differ, stop:"),
      h("p", { class: "words" }, fingerprint(recipient.publicKey).join(" ")),
      h(
        "p",
        { class: "hint" },
        "You cannot take back what they have saved. Everyone can see that you sent them something, not what.",
      ),
      paying,
    );
    focusHeading(body);
    end = showPayment(
      paying,
      {
        inbox: desk.inbox,
        wallet: desk.wallet,
        wallets: () => desk.wallets,
        account: null,
        prepare: async (wallet) => {
          const opened = desk.opened(index);
          if (opened === undefined) throw new Error("The images are locked again.");
          const { site } = desk;
          const context = {
            chainId: site.chainId,
            inbox: site.inbox,
            sender: wallet.account,
            recipient: recipient.address,
          };
          const envelope = await desk.keyring.reseal(opened, recipient.publicKey, context);
          return desk.inbox.sendCall(recipient, envelope);
        },
      },
      {
        label: "Share",
        others: [button("Not now", leave)],
        undone: "The doctor got nothing.",
        done: () => {
          fill(
            body,
            notice({
              tone: "ok",
              title: ["Shared with ", addressText(recipient.address, DOCTOR)],
              text: "What happens next: the doctor opens Radiogram and presses Get hash.",
              buttons: [button("Close", leave)],
            }),
          );
          focusHeading(body);
          say("Shared");
        },
      },
    );
  }

  fill(host, h("h2", { tabindex: -1 }, "Share with a doctor"), body);
  ask();
  return () => end?.();
}
