/** Pointer and wheel gestures on the stage, without what they do. */

export interface Gestures {
  /** One pointer moved by x and y, in CSS pixels; `from`: where it was pressed, from the stage's middle. */
  drag(x: number, y: number, from: readonly [number, number]): void;
  /** Two pointers moved apart by a factor, about a point, and their middle by x and y. */
  pinch(factor: number, about: readonly [number, number], x: number, y: number): void;
  /** The wheel went on (1) or back (-1); false: not wanted, the page may scroll. */
  wheel(steps: number, isZoom: boolean, at: readonly [number, number]): boolean;
  /** All fingers are up. */
  end(): void;
}

const WHEEL_STEP = 60; // of a wheel's travel: a mouse gives 100 or 120 a notch, a touchpad little by little

/** Listens on `stage`, as long as `signal` is not aborted. */
export function listenToGestures(stage: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  const points = new Map<number, readonly [number, number]>();
  let from: readonly [number, number] = [0, 0];
  let travel = 0;

  const place = (event: MouseEvent): readonly [number, number] => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button, select, a"))) return;
    stage.setPointerCapture(event.pointerId);
    points.set(event.pointerId, place(event));
    from = place(event);
  };
  const move = (event: PointerEvent): void => {
    const before = points.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    const other = [...points].find(([id]) => id !== event.pointerId)?.[1];
    points.set(event.pointerId, now);
    const [x, y] = [now[0] - before[0], now[1] - before[1]];
    if (!other) gestures.drag(x, y, from);
    else {
      const factor = distance(now, other) / Math.max(distance(before, other), 1);
      gestures.pinch(factor, [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2], x / 2, y / 2);
    }
  };
  const up = (event: PointerEvent): void => {
    if (points.delete(event.pointerId) && points.size === 0) gestures.end();
  };
  const wheel = (event: WheelEvent): void => {
    if (!stage.matches(":focus-within") || event.shiftKey) return;
    travel += event.deltaY * (event.deltaMode ? 20 : 1);
    const steps = Math.trunc(travel / WHEEL_STEP);
    travel -= steps * WHEEL_STEP;
    const isZoom = event.ctrlKey; // a touchpad's pinch
    const isWanted = gestures.wheel(steps || (isZoom ? travel / WHEEL_STEP : 0), isZoom, place(event));
    if (isWanted) event.preventDefault();
    if (isZoom) travel = 0;
  };

  stage.addEventListener("pointerdown", down, { signal });
  stage.addEventListener("pointermove", move, { signal });
  stage.addEventListener("pointerup", up, { signal });
  stage.addEventListener("pointercancel", up, { signal });
  stage.addEventListener("wheel", wheel, { signal, passive: false });
}

const distance = (a: readonly [number, number], b: readonly [number, number]): number =>
  Math.hypot(a[0] - b[0], a[1] - b[1]);
