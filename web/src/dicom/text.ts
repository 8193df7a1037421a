/** Text in the character sets of DICOM (PS3.3 C.12.1.1.2, PS3.5 6.1). */

const BY_NAME: Record<string, string> = {
  "": "latin1",
  "IR 6": "latin1",
  "IR 100": "latin1",
  "IR 13": "shift_jis",
  "IR 101": "iso-8859-2",
  "IR 109": "iso-8859-3",
  "IR 110": "iso-8859-4",
  "IR 126": "iso-8859-7",
  "IR 127": "iso-8859-6",
  "IR 138": "iso-8859-8",
  "IR 144": "iso-8859-5",
  "IR 148": "windows-1254",
  "IR 166": "windows-874",
  "IR 87": "iso-2022-jp",
  "IR 159": "jis-x-0212",
  "IR 149": "euc-kr",
  "IR 58": "gbk",
  "58": "gbk",
  "IR 192": "utf-8",
  GB18030: "gb18030",
  GBK: "gbk",
};
const BY_ESCAPE: Record<string, string> = {
  "(B": "latin1",
  "-A": "latin1",
  ")I": "shift_jis",
  "(J": "shift_jis",
  $B: "iso-2022-jp",
  "-B": "iso-8859-2",
  "-C": "iso-8859-3",
  "-D": "iso-8859-4",
  "-F": "iso-8859-7",
  "-G": "iso-8859-6",
  "-H": "iso-8859-8",
  "-L": "iso-8859-5",
  "-M": "windows-1254",
  "-T": "windows-874",
  "$)C": "euc-kr",
  "$(D": "jis-x-0212",
  "$)A": "gbk",
};
const ALONE = new Set(["utf-8", "gb18030"]); // not to be mixed with others

/** The encodings that a value of (0008,0005) names; what is unknown counts as Latin-1. */
export function charsets(value: string): string[] {
  const names = value.split("\\").map((each) => each.replace(/[\0 ]+$/, ""));
  const found = names.map((name) => BY_NAME[name.replace(/^ISO.?2022.?|^ISO./, "").replace(/^IR./, "IR ")] ?? "latin1");
  const first = found[0] ?? "latin1";
  return ALONE.has(first) ? [first] : found.filter((each, at) => at === 0 || !ALONE.has(each));
}

/** A value in the first of the `sets`, or where escape sequences say so in another of them. */
export function decodeText(bytes: Uint8Array<ArrayBuffer>, sets: readonly string[]): string {
  const first = sets[0] ?? "latin1";
  if (!bytes.includes(0x1b)) return decode(bytes, first);
  const starts = [...bytes.keys()].filter((at) => bytes[at] === 0x1b);
  if (starts[0] !== 0) starts.unshift(0);
  return starts.map((start, at) => decodePart(bytes.subarray(start, starts[at + 1]), first, sets)).join("");
}

function decodePart(part: Uint8Array<ArrayBuffer>, first: string, sets: readonly string[]): string {
  if (part[0] !== 0x1b) return decode(part, first);
  const escape = String.fromCharCode(...part.subarray(1, part[1] === 0x24 && part[2] !== 0x42 ? 4 : 3));
  const set = BY_ESCAPE[escape];
  if (set === undefined || !(set === "latin1" || sets.includes(set))) return decode(part, first);
  if (set === "iso-2022-jp") return decode(part, set);
  const rest = part.subarray(1 + escape.length);
  const line = rest.findIndex((byte) => byte === 9 || byte === 10 || byte === 12 || byte === 13);
  return line < 0 ? decode(rest, set) : decode(rest.subarray(0, line), set) + decode(rest.subarray(line), first);
}

function decode(bytes: Uint8Array<ArrayBuffer>, set: string): string {
  if (set === "latin1") return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  if (set === "jis-x-0212") return new TextDecoder("euc-jp").decode(toEucJp(bytes));
  const text = new TextDecoder(set, { ignoreBOM: true }).decode(bytes);
  return set.startsWith("windows-") ? withoutExtras(bytes, text) : text;
}

/** Windows fills in 0x80 to 0x9F, which in ISO 8859 are control characters. */
function withoutExtras(bytes: Uint8Array, text: string): string {
  return Array.from(text, (each, at) => ((bytes[at] ?? 0) >>> 5 === 4 ? "\x80" : each)).join("");
}

/** Pairs of seven bits as EUC-JP's third code set; what is below 0x21 stays a byte of its own. */
function toEucJp(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const [high = 0, low = 0] = bytes.subarray(at, at + 2);
    if (high < 0x21 || at + 1 >= bytes.length) out.push(high);
    else {
      out.push(0x8f, high | 0x80, low | 0x80);
      at++;
    }
  }
  return Uint8Array.from(out);
}
