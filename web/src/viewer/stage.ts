/** The canvas: draws one picture, enlarged and moved as asked. */

/** What is drawn, and the height of its pixels over their width. */
export interface Drawn {
  readonly bitmap: ImageBitmap;
  readonly aspect: number;
  /** Drawn over it, never inverted or brightened. */
  readonly overlay?: ImageBitmap | undefined;
}

/** For colours, which have no window: CSS-like factors, 1 is as it is. */
export interface Tint {
  readonly brightness: number;
  readonly contrast: number;
  readonly invert: boolean;
}

export const PLAIN: Tint = { brightness: 1, contrast: 1, invert: false };
const MAX_ZOOM = 16;

export class Stage {
  readonly canvas: HTMLCanvasElement;
  #drawn: Drawn | undefined;
  #tint = PLAIN;
  #zoom = 1;
  /** From the stage's middle to the picture's, in CSS pixels. */
  #x = 0;
  #y = 0;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  get zoom(): number {
    return this.#zoom;
  }

  /** Takes ownership of the bitmap, and closes it when the next one is shown. */
  show(drawn: Drawn, tint: Tint = PLAIN): void {
    if (this.#drawn?.bitmap !== drawn.bitmap) this.#close();
    this.#drawn = drawn;
    this.#tint = tint;
    this.#limit();
    this.#redraw();
  }

  /** Black at once, not with the next frame. */
  clear(): void {
    this.#close();
    this.#draw();
  }

  /** Enlarges to `zoom` times what fits; what is at `point` (from the stage's middle) stays there. */
  zoomTo(zoom: number, [x, y]: readonly [number, number] = [0, 0]): void {
    const next = Math.min(Math.max(zoom, 1), MAX_ZOOM);
    const by = next / this.#zoom;
    this.#zoom = next;
    this.#x = x + (this.#x - x) * by;
    this.#y = y + (this.#y - y) * by;
    this.#limit();
    this.#redraw();
  }

  moveBy(x: number, y: number): void {
    this.#x += x;
    this.#y += y;
    this.#limit();
    this.#redraw();
  }

  fit(): void {
    this.#zoom = 1;
    this.#x = this.#y = 0;
    this.#redraw();
  }

  /** To be called when the canvas has another size. */
  resize(): void {
    const ratio = devicePixelRatio;
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    this.#limit();
    this.#draw();
  }

  /** Width and height of the picture as shown, in CSS pixels. */
  #size(): readonly [number, number] {
    if (!this.#drawn) return [0, 0];
    const { bitmap, aspect } = this.#drawn;
    const [width, height] = [bitmap.width / Math.min(aspect, 1), bitmap.height * Math.max(aspect, 1)];
    const { clientWidth, clientHeight } = this.canvas;
    const scale = Math.min(clientWidth / width, clientHeight / height) * this.#zoom;
    return [width * scale, height * scale];
  }

  /** The picture can't be moved out of sight: the stage's middle stays on it. */
  #limit(): void {
    const [width, height] = this.#size();
    this.#x = Math.min(Math.max(this.#x, -width / 2), width / 2);
    this.#y = Math.min(Math.max(this.#y, -height / 2), height / 2);
  }

  #redraw(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) return;
    const ratio = devicePixelRatio;
    context.filter = "none";
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.#drawn) return;
    const [width, height] = this.#size().map((each) => Math.round(each * ratio));
    if (!width || !height) return;
    context.filter = filterOf(this.#tint);
    context.imageSmoothingQuality = "high";
    const left = Math.round((this.canvas.width - width) / 2 + this.#x * ratio);
    const top = Math.round((this.canvas.height - height) / 2 + this.#y * ratio);
    context.drawImage(this.#drawn.bitmap, left, top, width, height);
    context.filter = "none";
    if (this.#tint.invert) {
      context.globalCompositeOperation = "difference"; // from white: exact, which a filter is not
      context.fillStyle = "#fff";
      context.fillRect(left, top, width, height);
      context.globalCompositeOperation = "source-over";
    }
    if (this.#drawn.overlay) context.drawImage(this.#drawn.overlay, left, top, width, height);
  }

  #close(): void {
    this.#drawn?.bitmap.close();
    this.#drawn?.overlay?.close();
    this.#drawn = undefined;
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#close();
    this.canvas.width = this.canvas.height = 1;
  }
}

function filterOf({ brightness, contrast }: Tint): string {
  return brightness === 1 && contrast === 1 ? "none" : `brightness(${brightness}) contrast(${contrast})`;
}
