/** Gateways of files and blocks on loopback, each of which does what its name says: honest ones, and others. */

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Bytes, cidBytes, cidText } from "../src/formats/bytes.ts";
import type { Dag } from "./dagBlocks.ts";

const MB = 1 << 20;

/** What it does when asked for a block that it has. `leaf`: which of the file; -1: none. */
export type Answer = (response: ServerResponse, block: Bytes, leaf: number) => void;

const flipped = (block: Bytes): Bytes => {
  const copy = block.slice();
  const middle = copy.length >> 1;
  copy[middle] = 255 - (copy[middle] ?? 0);
  return copy;
};

const endless: Answer = (response) => {
  const more = (): void => void response.write(new Uint8Array(1 << 16), more);
  more();
};

const slowly =
  (milliseconds: number): Answer =>
  (response, block) => {
    setTimeout(() => response.end(block), milliseconds);
  };

/** Of what it has the nodes right, and leaves as `answer` has them: a liar of a kind that is asked for more. */
const ofLeaves =
  (answer: Answer): Answer =>
  (response, block, leaf) => {
    if (leaf < 0) response.end(block);
    else answer(response, block, leaf);
  };

export const ANSWERS = {
  good: (response, block) => void response.end(block),
  goodUnsaid: (response, block) => {
    response.write(block);
    response.end();
  },
  slow: slowly(150),
  verySlow: slowly(20_000),
  // bytes
  other: (response, block) => void response.end(new Uint8Array(block.length)),
  flipped: (response, block) => void response.end(flipped(block)),
  flippedLeaves: ofLeaves((response, block) => void response.end(flipped(block))),
  flippedLast: (response, block, leaf) => void response.end(leaf === 4 ? flipped(block) : block),
  short: (response, block) => void response.end(block.subarray(0, -1)),
  shortUnsaid: (response, block) => {
    response.write(block.subarray(0, -1));
    response.end();
  },
  long: ofLeaves((response, block) => void response.end(Buffer.concat([block, Buffer.of(0)]))),
  longUnsaid: ofLeaves((response, block) => {
    response.write(block);
    response.end("more");
  }),
  page: (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>Buy something</html>"),
  endless,
  endlessLeaves: ofLeaves(endless),
  cut: ofLeaves((response, block) => {
    response.setHeader("content-length", block.length);
    response.write(block.subarray(0, 1000), () => response.destroy());
  }),
  // statuses
  missing: (response) => void response.writeHead(404).end(),
  forbidden: (response) => void response.writeHead(403).end(),
  troubled: (response) => void response.writeHead(502).end(),
  late: (response) => void response.writeHead(504).end(),
  missingLeaves: ofLeaves((response) => void response.writeHead(404).end()),
  // where
  elsewhere: (response) => void response.writeHead(302, { location: "http://127.0.0.1:1/ipfs/x" }).end(),
  // no end
  silent: () => undefined,
  silentLeaves: ofLeaves(() => undefined),
  stalled: ofLeaves((response, block) => {
    response.setHeader("content-length", block.length);
    response.write(block.subarray(0, 1000));
  }),
} satisfies Record<string, Answer>;

/** What it sends of many blocks: sections of a CAR, its header first and the node second. Of others, none is asked for. */
export type CarAnswer = (response: ServerResponse, sections: Buffer[], all: () => Buffer[]) => void;

const LAST_BYTE = -1;

export const CARS = {
  carGood: (response, sections) => void response.end(Buffer.concat(sections)),
  carSlow: (response, sections) => {
    const more = (): void => {
      const next = sections.shift();
      if (next) response.write(next, () => setTimeout(more, 60));
      else response.end();
    };
    more();
  },
  carFlipped: (response, [header, node, first, ...rest]) => {
    const wrong = Buffer.from(first ?? "");
    wrong[wrong.length - 1] = 255 - (wrong.at(LAST_BYTE) ?? 0);
    response.end(Buffer.concat([header, node, wrong, ...rest].filter((each) => each !== undefined)));
  },
  carOrder: (response, [header, node, ...leaves]) =>
    void response.end(Buffer.concat([header, node, ...leaves.reverse()].filter((each) => each !== undefined))),
  carCut: (response, sections) => {
    response.write(Buffer.concat(sections.slice(0, 3)));
    response.write(sections[3]?.subarray(0, 1000) ?? "", () => response.destroy());
  },
  carShort: (response, sections) => void response.end(Buffer.concat(sections.slice(0, 3))),
  carAll: (response, _, all) => void response.end(Buffer.concat(all())),
  carPage: (response) => void response.end("<html>Buy something</html>"),
  carNodes: (response, [header = Buffer.of(), node]) => {
    response.write(header);
    const more = (): void => void response.write(node ?? "", more);
    more();
  },
  carZeros: (response) => {
    const more = (): void => void response.write(new Uint8Array(1 << 16), more);
    more();
  },
  carStalled: (response, sections) => void response.write(Buffer.concat(sections.slice(0, 3))),
  carNone: (response) => void response.writeHead(400).end(),
} satisfies Record<string, CarAnswer>;

/** What it sends of the file's bytes, of which a part is asked for. Of others, none is sent. */
export type PartAnswer = (response: ServerResponse, part: Buffer, whole: Buffer) => void;

const partial = (response: ServerResponse): ServerResponse => response.writeHead(206);

export const PARTS = {
  partGood: (response, part) => void partial(response).end(part),
  partWhole: (response, _, whole) => void response.end(whole),
  partFlipped: (response, part) => void partial(response).end(flipped(Uint8Array.from(part))),
  partOther: (response, part) => void partial(response).end(Buffer.alloc(part.length)),
  partShort: (response, part) => void partial(response).end(part.subarray(0, MB + 1000)),
  partCut: (response, part) => {
    response.writeHead(206, { "content-length": part.length });
    response.write(part.subarray(0, MB + 1000), () => response.destroy());
  },
  partLong: (response, part) => void partial(response).end(Buffer.concat([part, Buffer.of(0)])),
  partPage: (response) => void response.end("<html>Buy something</html>"),
  partNone: (response) => void response.writeHead(501).end(),
  partStalled: (response, part) => void partial(response).write(part.subarray(0, MB + 1000)),
} satisfies Record<string, PartAnswer>;

const named = (names: Record<string, unknown>): Record<string, Answer> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, ANSWERS.good]));

export class GatewayServer {
  /** By name; more can be added. Those that send CARs or parts have the blocks too. */
  readonly answers: Record<string, Answer> = { ...ANSWERS, ...named(CARS), ...named(PARTS) };
  readonly cars: Record<string, CarAnswer> = { ...CARS };
  readonly parts: Record<string, PartAnswer> = { ...PARTS };
  /** NAME/CID of each question. */
  asked: string[] = [];
  dag: Dag;
  readonly #server: Server;

  constructor(dag: Dag) {
    this.dag = dag;
    this.#server = createServer((request, response) => {
      const [, name = "", cid = "", query = ""] = /^\/(\w+)\/(\w+)(?:\?(.*))?$/.exec(request.url ?? "") ?? [];
      response.shouldKeepAlive = false; // what one breaks off is no other's connection
      const block = this.dag.blocks.get(cid);
      const accept = request.headers.accept ?? "";
      const [, from, to] = /^format=car&dag-scope=entity&entity-bytes=(\d+):(\d+|\*)$/.exec(query) ?? [];
      const isCar = from !== undefined && accept.startsWith("application/vnd.ipld.car");
      const [, begin, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
      const isPart = begin !== undefined && query === "" && cid === cidText(this.dag.cid);
      const what = isCar ? `car ${from}:${to ?? ""}` : isPart ? `part ${begin}-${end ?? ""}` : cid;
      this.asked.push(`${name}/${what}`);
      if (isPart && this.parts[name]) {
        const whole = Buffer.concat(this.dag.leaves.map((leaf) => this.dag.blocks.get(leaf) ?? Buffer.of()));
        this.parts[name](response, whole.subarray(Number(begin), end ? Number(end) + 1 : undefined), whole);
      } else if (isPart) response.writeHead(406).end();
      else if (isCar && this.cars[name])
        this.cars[name](response, this.#car(Number(from), to === "*" ? Infinity : Number(to)), () =>
          this.#car(0, Infinity),
        );
      else if (isCar) response.writeHead(501).end();
      else if (block && query === "format=raw" && accept === "application/vnd.ipld.raw")
        this.answers[name]?.(response, block, this.dag.leaves.indexOf(cid));
      else response.writeHead(404).end();
    });
  }

  /** https://ipld.io/specs/transport/car/carv1/ of a file with one node: its header, that, and leaves. */
  #car(from: number, to: number): Buffer[] {
    const wanted = this.dag.leaves.filter((_, at) => (at + 1) * MB > from && at * MB <= to);
    const header = Buffer.from("a16776657273696f6e01", "hex"); // {"version": 1}, without roots, which nobody reads
    const sections = [cidText(this.dag.cid), ...wanted].map((text) =>
      section(Buffer.concat([cidBytes(text), this.dag.blocks.get(text) ?? Buffer.of()])),
    );
    return [section(header), ...sections];
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** As a site.json has it. */
  url(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}/`;
  }

  /** How often each gateway was asked for a leaf. */
  leavesAsked(name: string): string[] {
    const leaves = new Set(this.dag.leaves);
    return this.asked.filter((each) => each.startsWith(`${name}/`) && leaves.has(each.slice(name.length + 1)));
  }
}

function section(content: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = content.length; length.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    if (length.length > 0) length[length.length - 1] = (length.at(LAST_BYTE) ?? 0) + 128;
    length.push(rest % 128);
  }
  return Buffer.concat([Buffer.from(length), content]);
}
