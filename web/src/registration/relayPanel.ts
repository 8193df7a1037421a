/** What a person signs and the hospital pays for, on screen: signed, passed on, and how it ended. */

import { RelayLimit, RelayUnreachable } from "../errors.ts";
import { button } from "../ui/button.ts";
import { fill, h } from "../ui/dom.ts";
import { warnBeforeLeaving } from "../ui/leave.ts";
import { focusHeading, notice, type NoticeWords } from "../ui/notice.ts";
import { say } from "../ui/speech.ts";
import { ASKED_TO_SIGN, BEING_WRITTEN, LOOK_IN_WALLET } from "../wallet/messages.ts";

export interface RelayOffer {
  /** Signs, and gives what passes it on. `onAsk` is called when a wallet is about to ask its owner. */
  readonly sign: (onAsk: () => void) => Promise<() => Promise<void>>;
  /** Of the button that begins: `Tell them`. */
  readonly label: string;
  /** How it looks: filled, unless something else in the view is. */
  readonly kind?: "go" | "plain";
  /** Beside it. */
  readonly others: readonly HTMLElement[];
  /** What else there is when that did not work. */
  readonly otherwise: readonly HTMLElement[];
  /** What has not happened then: `The sender was not told.` */
  readonly undone: string;
  readonly done: () => void;
}

const FREE = "It costs you nothing: the hospital pays the fee.";
const LIMIT_REACHED: Pick<NoticeWords, "title" | "text"> = {
  title: "The hospital pays no more today.",
  text: "Try again tomorrow.",
};

/** Fills `host`, again at each change. Returns what ends it. */
export function offerRelay(host: HTMLElement, offer: RelayOffer): () => void {
  const ended = new AbortController();
  const isOver = (): boolean => ended.signal.aborted;
  const show = (words: NoticeWords): void => {
    fill(host, notice(words));
    focusHeading(host);
  };
  const asks = (): void => {
    if (!isOver()) show({ tone: "info", title: LOOK_IN_WALLET, text: ASKED_TO_SIGN });
  };
  const start = async (): Promise<void> => {
    show({ tone: "info", busy: true, title: "One moment", text: FREE });
    try {
      const pass = await offer.sign(asks);
      if (isOver()) return;
      warnBeforeLeaving("relay", true);
      show({ tone: "info", busy: true, title: "On its way", text: `${BEING_WRITTEN} ${FREE}` });
      say("On its way");
      await pass();
      if (!isOver()) offer.done();
    } catch (error) {
      if (!isOver()) show(failed(error));
    } finally {
      warnBeforeLeaving("relay", false);
    }
  };
  const failed = (error: unknown): NoticeWords => {
    const details = error instanceof Error ? error.message : undefined;
    const again = button("Try again", () => void start(), { kind: "go" });
    if (error instanceof RelayLimit)
      return { tone: "warn", ...LIMIT_REACHED, buttons: [...offer.otherwise, ...offer.others] };
    const text =
      error instanceof RelayUnreachable ? "It may have been passed on all the same. Try again." : offer.undone;
    const buttons = [again, ...offer.otherwise, ...offer.others];
    return { tone: "err", title: "That did not work.", text, buttons, details };
  };
  fill(
    host,
    h("p", { class: "hint" }, FREE),
    h(
      "div",
      { class: "ways" },
      button(offer.label, () => void start(), { kind: offer.kind ?? "go" }),
      offer.others,
    ),
  );
  return () => {
    ended.abort();
    warnBeforeLeaving("relay", false);
  };
}
