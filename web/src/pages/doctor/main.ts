/** Entry of the page within Open images that sends a study to a doctor’s system: docs/website.md. */

import "../../ui/tokens.css";
import "../../ui/app.css";
import "../../ui/forms.css";
import "./doctor.css";
import type { FromFrame, ToFrame } from "../../dicomweb/handOver.ts";
import { fill, h } from "../../ui/dom.ts";
import { regions } from "../../ui/speech.ts";
import { DoctorPage } from "./page.ts";

const SIGNS = ["pointerdown", "keydown"] as const;
const OWN = "This page is a part of Open images, and does nothing alone.";

const place = h("div", {}, parent === window && h("p", {}, OWN));
document.body.append(place, ...regions);

function begin(event: MessageEvent<ToFrame>): void {
  const [port] = event.ports;
  if (event.source !== parent || event.data.type !== "parcel" || port === undefined) return;
  removeEventListener("message", begin);
  const tell = (message: FromFrame): void => {
    port.postMessage(message);
  };
  fill(place, new DoctorPage(event.data.parcel, port, tell).element);
  new ResizeObserver(() => {
    tell({ type: "height", pixels: document.body.getBoundingClientRect().height });
  }).observe(document.body);
  for (const sign of SIGNS) {
    addEventListener(sign, () => {
      tell({ type: "alive" });
    });
  }
}

addEventListener("message", begin);
