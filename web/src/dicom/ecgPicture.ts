/** An ECG as a picture, as on paper: a millimetre grid, black ink. Only in a Worker. */

import type { Drawing } from "./electrocardiogram.ts";

const PIXELS_A_MM = 10;
const MAX_PIXELS = 1 << 24; // a long recording is drawn smaller
const MAX_SIDE = 16_000;
const [PAPER, FINE, COARSE, INK] = ["rgb(255 252 250)", "rgb(250 225 220)", "rgb(240 180 170)", "rgb(20 20 20)"];

export function ecgBitmap({ width, height, texts, lines }: Drawing): ImageBitmap {
  const fitting = Math.min(Math.sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / Math.max(width, height));
  const scale = Math.min(PIXELS_A_MM, fitting);
  const canvas = new OffscreenCanvas(Math.floor(width * scale) + 1, Math.floor(height * scale) + 1);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no canvas");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  grid(context, 1, scale, FINE);
  grid(context, 5, scale, COARSE);
  context.fillStyle = context.strokeStyle = INK;
  context.font = `${3 * scale}px sans-serif`;
  context.textBaseline = "top";
  for (const { x, y, text } of texts) context.fillText(text, x * scale, y * scale);
  context.lineWidth = Math.max(0.2 * scale, 1);
  context.lineJoin = "round";
  for (const line of lines) {
    context.beginPath();
    for (let at = 0; at + 1 < line.length; at += 2)
      context.lineTo((line[at] ?? 0) * scale, (line[at + 1] ?? 0) * scale);
    context.stroke();
  }
  return canvas.transferToImageBitmap();
}

function grid(context: OffscreenCanvasRenderingContext2D, every: number, scale: number, colour: string): void {
  const { width, height } = context.canvas;
  context.fillStyle = colour;
  for (let at = 0; at * scale < width; at += every) context.fillRect(Math.round(at * scale), 0, 1, height);
  for (let at = 0; at * scale < height; at += every) context.fillRect(0, Math.round(at * scale), width, 1);
}
