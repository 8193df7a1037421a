/** The 24 words on screen: after a question, and for three minutes. */

import { dialog } from "../../ui/dialog.ts";
import { fill, h } from "../../ui/dom.ts";
import { numberedWords } from "./sheet.ts";

const SHOWN_FOR = 180; // seconds, for whoever writes them down

/** Whether nobody looks. */
export async function askWhoLooks(): Promise<boolean> {
  const answer = await dialog({
    title: "Is anyone looking?",
    body: h("p", {}, "Whoever sees the words can open your images. Look over your shoulder, and mind cameras."),
    buttons: [
      { label: `Show for ${String(SHOWN_FOR / 60)} minutes`, value: "show" },
      { label: "Not now", value: "no" },
    ],
  });
  return answer === "show";
}

/** Until it is closed, or the time is up; then nothing of the secret is left in the page. */
export async function showSecret(seed: string): Promise<void> {
  const left = h("p", { class: "hint" });
  const code = numberedWords(seed);
  let timer = 0;
  await dialog({
    title: "Your 24 secret words",
    body: [code, left],
    buttons: [{ label: "Hide them", value: undefined }],
    opened: (close) => {
      const until = Date.now() + SHOWN_FOR * 1000;
      const tick = (): void => {
        const seconds = Math.ceil((until - Date.now()) / 1000);
        left.textContent = `Hidden again in ${String(seconds)} s. Write every word, with its number.`;
        if (seconds <= 0) close();
      };
      tick();
      timer = window.setInterval(tick, 1000);
    },
  });
  clearInterval(timer);
  fill(code);
}
