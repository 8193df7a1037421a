/** Keys, buttons, slider and choices: what each of them asks for. */

import { fillsPage, leaveFullScreen } from "./fullScreen.ts";
import { commandOf } from "./keys.ts";
import { listenToPanel } from "./morePanel.ts";
import { type Parts, TOOLS } from "./parts.ts";
import { type Event, sequenceOf, type State, views } from "./state.ts";
import { rove } from "./toolbar.ts";

/** Listens as long as `signal` is not aborted. */
export function listenToControls(
  parts: Parts,
  state: () => State,
  obey: (event: Event) => void,
  signal: AbortSignal,
): void {
  const { stage, slice, sequences, presets, tools, toolRow, play, viewer, outlines, saved } = parts;
  const on = (element: HTMLElement, type: "click" | "change" | "input" | "blur", asked: () => Event): void => {
    const listener = (): void => {
      obey(asked());
    };
    element.addEventListener(type, listener, { signal });
  };
  const press = (event: KeyboardEvent): void => {
    if (event.target !== stage) return;
    const command = commandOf(event, state().isBright);
    if (!command || (command.do === "escape" && document.fullscreenElement)) return;
    event.preventDefault();
    obey(command);
  };
  const escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && fillsPage(viewer)) void leaveFullScreen(viewer);
  };
  stage.addEventListener("keydown", press, { signal });
  on(stage, "blur", () => ({ do: "endBright" }));
  on(slice, "input", () => ({ do: "goTo", index: Number(slice.value) - 1 }));
  on(sequences, "change", () => ({ do: "choose", sequence: Number(sequences.value) }));
  on(saved, "change", () => ({ do: "saved", id: saved.value }));
  on(presets, "change", () => ({ do: "preset", key: presets.value }));
  outlines.addEventListener(
    "change",
    ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      const all = (sequenceOf(state())?.outlines ?? []).map(({ id }) => id);
      obey({ do: "outline", ids: target.value ? [target.value] : all, on: target.checked });
    },
    { signal },
  );
  on(play, "click", () => ({ do: "play" }));
  for (const tool of TOOLS) on(tools[tool], "click", () => ({ do: "tool", tool }));
  on(tools.invert, "click", () => ({ do: "invert" }));
  on(tools.reset, "click", () => ({ do: "reset" }));
  listenToPanel(parts, () => views(state()).length > 1, obey, signal);
  viewer.addEventListener("keydown", escape, { signal }); // after the panel, which may keep the key
  rove(toolRow, signal);
}
