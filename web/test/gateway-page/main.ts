/** A page that reads a file from gateways and checks each block of it, and does nothing else: for bench/website.py. */

import { cidBytes } from "../../src/formats/bytes.ts";
import type { ByteStream } from "../../src/formats/streams.ts";
import { fromGateways } from "../../src/ipfs/gateways.ts";

/** Seconds, and bytes. */
async function readChecked(cid: string, size: number): Promise<[seconds: number, bytes: number]> {
  const count = async (stream: ByteStream): Promise<number> => {
    const reader = stream.getReader();
    let bytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
    return bytes;
  };
  const place = { cid: cidBytes(cid), size, gateways: [new URL("ipfs/", location.href).href] };
  const began = performance.now();
  const bytes = await fromGateways(place, count);
  return [(performance.now() - began) / 1000, bytes];
}

Object.assign(globalThis, { readChecked });
