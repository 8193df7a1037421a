/** The three steps of Send images: finished ones are a line with `Change`, one is open, later ones wait. */

import { step, stepList, type StepOptions } from "../../ui/steps.ts";
import { verdictOf } from "./contacts.ts";
import { nameOf } from "./images.ts";
import { imagesLine } from "./imagesStep.ts";
import { patientLine } from "./patientStep.ts";
import type { State } from "./state.ts";

export type StepBodies = Readonly<Record<1 | 2 | 3, HTMLElement>>;

export function stepsView(state: State, bodies: StepBodies, change: (to: 1 | 2) => void): HTMLOListElement {
  const {
    at,
    patient,
    choosing: { images },
  } = state;
  const isSending = at === "sending";
  const verdict = patient && verdictOf(state.register, images, patient);
  const contact = verdict?.kind === "known" ? verdict.contact : undefined;
  const options = (number: 1 | 2 | 3, title: string, isDone: boolean, rest: Partial<StepOptions>): StepOptions => ({
    number,
    title,
    state: at === number ? "now" : isDone ? "done" : "later",
    ...rest,
  });
  const changes = (to: 1 | 2, more: string, isOffered: boolean): StepOptions["change"] => {
    const press = (): void => {
      change(to);
    };
    return isOffered && at !== to && !isSending ? { press, more } : undefined;
  };
  const [hasImages, hasPatient] = [images !== null, patient !== null];
  const checked = isSending && images ? (nameOf(images) ?? "Checked") : undefined;
  return stepList(
    step(
      options(1, "Images", hasImages, {
        line: images ? imagesLine(images) : undefined,
        change: changes(1, " images", hasImages),
      }),
      bodies[1],
    ),
    step(
      options(2, "Patient", hasPatient, {
        line: patient ? patientLine(patient, contact) : undefined,
        change: changes(2, " patient", hasPatient || hasImages),
      }),
      bodies[2],
    ),
    step(options(3, "Check the person", isSending, { line: checked }), bodies[3]),
  );
}
