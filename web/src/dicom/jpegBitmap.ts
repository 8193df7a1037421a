/** A JPEG image by the browser's own decoder, its colours as stored. */

const OPTIONS: ImageBitmapOptions = { colorSpaceConversion: "none", imageOrientation: "none" };
const UNREAD = "NotReadableError";

/** What a Worker asks its page to decode, where it can read no Blob (handing.ts). The answer, at the port: null, if it can't. */
export interface ToDraw {
  readonly jpeg: Uint8Array<ArrayBuffer>;
  readonly port: MessagePort;
}

let canRead: Promise<boolean> | undefined;

/** In the Worker. Throws what the browser does for an image that is damaged. */
export async function jpegBitmap(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  canRead ??= new Blob(["1"]).arrayBuffer().then(
    () => true,
    (error: unknown) => !(error instanceof DOMException && error.name === UNREAD),
  );
  return (await canRead) ? decoded(jpeg) : byPage(jpeg);
}

/** In the page. */
export async function draw({ jpeg, port }: ToDraw): Promise<void> {
  const bitmap = await decoded(jpeg).catch(() => null);
  port.postMessage(bitmap, bitmap ? [bitmap] : []);
}

function decoded(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }), OPTIONS);
}

function byPage(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<ImageBitmap | null>) => {
      port1.close();
      if (data) resolve(data);
      else reject(new Error("the page can't decode it"));
    };
    postMessage({ jpeg, port: port2 } satisfies ToDraw, { transfer: [port2] });
  });
}
