/** Arrow keys go from button to button of a toolbar; Tab goes past it. */
export function rove(toolbar: HTMLElement, signal: AbortSignal): void {
  const buttons = [...toolbar.querySelectorAll("button")];
  const settle = (chosen: HTMLElement | undefined): void => {
    for (const each of buttons) each.tabIndex = each === chosen ? 0 : -1;
  };
  const focused = (event: FocusEvent): void => {
    settle(buttons.find((each) => each === event.target));
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const at = buttons.findIndex((each) => each === document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  settle(buttons[0]);
  toolbar.addEventListener("focusin", focused, { signal });
  toolbar.addEventListener("keydown", press, { signal });
}
