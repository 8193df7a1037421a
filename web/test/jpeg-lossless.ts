/** An encoder of JPEG Lossless as ITU-T T.81, annex H, says, as plain as can be: for random images in tests. */

export interface Kind {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  readonly samples: number;
  readonly predictor: number;
  /** By how many bits samples are shifted before they are encoded. */
  readonly shift: number;
  /** Rows from one restart marker to the next; 0: none. */
  readonly restart: number;
  /** A scan for each sample. */
  readonly isSeparate: boolean;
}

const word = (value: number): number[] => [value >> 8, value & 255];

/** Each code is a category of differences in five bits. */
export function encodeLossless(values: readonly number[], kind: Kind): Uint8Array<ArrayBuffer> {
  const { rows, columns, bits, samples, restart, isSeparate } = kind;
  const all = Array.from({ length: samples }, (_, at) => at);
  const out = [0xff, 0xd8, 0xff, 0xc4, ...word(36), 0, 0, 0, 0, 0, 17, ...Array<number>(11).fill(0)];
  out.push(...Array.from({ length: 17 }, (_, at) => at));
  out.push(0xff, 0xc3, ...word(8 + 3 * samples), bits, ...word(rows), ...word(columns), samples);
  out.push(...all.flatMap((at) => [at + 1, 0x11, 0]));
  if (restart) out.push(0xff, 0xdd, ...word(4), ...word(restart * columns));
  for (const scan of isSeparate ? all.map((at) => [at]) : [all]) {
    out.push(0xff, 0xda, ...word(6 + 2 * scan.length), scan.length, ...scan.flatMap((at) => [at + 1, 0]));
    out.push(kind.predictor, 0, kind.shift, ...scanned(values, kind, scan));
  }
  return Uint8Array.from([...out, 0xff, 0xd9]);
}

function scanned(values: readonly number[], kind: Kind, scan: readonly number[]): number[] {
  const { rows, columns, bits, samples, predictor, shift, restart } = kind;
  const out: number[] = [];
  let text = "";
  const flush = (): void => {
    for (const eight of text.padEnd(Math.ceil(text.length / 8) * 8, "1").match(/.{8}/g) ?? []) {
      out.push(parseInt(eight, 2), ...(eight === "11111111" ? [0] : []));
    }
    text = "";
  };
  for (let row = 0; row < rows; row++) {
    const isFirst = row % (restart || Infinity) === 0;
    if (isFirst && row) {
      flush();
      out.push(0xff, 0xd0 + ((row / restart - 1) % 8));
    }
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      for (const sample of scan) {
        const value = (place: number): number => (values[place * samples + sample] ?? 0) >> shift;
        const [a, b, c] = [value(at - 1), value(at - columns), value(at - columns - 1)];
        const isLeft = at % columns === 0;
        const start = isLeft ? 1 << (bits - shift - 1) : a;
        text += difference(value(at) - (isFirst ? start : isLeft ? b : predicted(predictor, a, b, c)));
      }
    }
  }
  flush();
  return out;
}

const predicted = (predictor: number, a: number, b: number, c: number): number =>
  [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor] ?? 0;

function difference(value: number): string {
  const wrapped = (value << 16) >> 16;
  if (wrapped === -32768) return (16).toString(2);
  const size = Math.abs(wrapped).toString(2).length * Number(wrapped !== 0);
  const code = size.toString(2).padStart(5, "0");
  return size ? code + (wrapped > 0 ? wrapped : wrapped + 2 ** size - 1).toString(2).padStart(size, "0") : code;
}
