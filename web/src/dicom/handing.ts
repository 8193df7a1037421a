/** How the page hands the files of a request to the Worker that decodes. */

type Bytes = Map<Blob, Uint8Array<ArrayBuffer>>;

/** Nothing is to be replaced: of a Blob the Worker reads what it needs. */
export const handedFiles: (ask: object) => undefined | Promise<Bytes> = () => undefined;

/** `ask` with bytes in place of its Blobs. */
export const replaced: <T extends object>(ask: T, bytes: Bytes) => T = (ask) => ask;
