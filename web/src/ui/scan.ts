/** Reads a QR code with the camera, which starts on a press only and stops with the dialog. */

import { dialog } from "./dialog.ts";
import { h } from "./dom.ts";

const EVERY = 150; // ms between two looks
const SIDE = 640; // px a frame is scaled down to

type Reader = (frame: HTMLCanvasElement) => Promise<string | undefined>;

/** Whether there is a camera that this page may ask for. */
export function canScan(): boolean {
  return isSecureContext && typeof (navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia === "function";
}

/** The code's text; undefined if the person stopped, or there is no camera (then the dialog said so). */
export async function scanCode(): Promise<string | undefined> {
  const video = h("video", { playsinline: true, muted: true, "aria-label": "What the camera sees" });
  video.muted = true;
  const words = h("p", { role: "status" }, "Hold the code in front of the camera.");
  const ended = new AbortController();
  const found = await dialog<string>({
    title: "Scan the code",
    body: h("div", { class: "scan" }, video, words),
    buttons: [{ label: "Stop", value: "" }],
    opened: (close) =>
      void look(video, words, ended.signal).then((text) => {
        if (text) close(text);
      }),
  });
  ended.abort();
  return found === "" ? undefined : found;
}

async function look(video: HTMLVideoElement, words: HTMLElement, signal: AbortSignal): Promise<string | undefined> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    words.textContent = "The camera did not start. Allow it in your browser, or paste the code’s text.";
    return undefined;
  }
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) {
    stop();
    return undefined;
  }
  signal.addEventListener("abort", stop);
  video.srcObject = stream;
  await video.play().catch(() => undefined);
  return read(video, await reader(), signal);
}

async function read(video: HTMLVideoElement, decode: Reader, signal: AbortSignal): Promise<string | undefined> {
  const frame = h("canvas");
  while (!signal.aborted) {
    const text = video.videoWidth ? await decode(drawn(video, frame)).catch(() => undefined) : undefined;
    if (text) return text;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
  return undefined;
}

function drawn(video: HTMLVideoElement, frame: HTMLCanvasElement): HTMLCanvasElement {
  const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  frame.width = Math.round(video.videoWidth * scale);
  frame.height = Math.round(video.videoHeight * scale);
  frame.getContext("2d", { willReadFrequently: true })?.drawImage(video, 0, 0, frame.width, frame.height);
  return frame;
}

interface Detector {
  detect(source: CanvasImageSource): Promise<readonly { rawValue: string }[]>;
}
interface DetectorKind {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** The browser's own reader where it has one; otherwise ours, which is loaded for it. */
async function reader(): Promise<Reader> {
  const Native = (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
  if (Native && (await Native.getSupportedFormats().catch((): string[] => [])).includes("qr_code")) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (frame) => (await detector.detect(frame))[0]?.rawValue;
  }
  const { default: decodeQR } = await import("qr/decode.js");
  return (frame) => {
    const pixels = frame.getContext("2d")?.getImageData(0, 0, frame.width, frame.height);
    return Promise.resolve(pixels && decodeQR(pixels));
  };
}
