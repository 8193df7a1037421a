/** The headers of a POSIX.1-2001 (PAX) tar archive of regular files: docs/format.md, Bundle. */

import { type Bytes, concat } from "./bytes.ts";
import { BundleError } from "../errors.ts";
import type { ByteReader } from "./streams.ts";

export const BLOCK = 512;
const HEADER_LIMIT = 64 * 1024; // bytes of one member's PAX header
const NAME_FIELD = 100; // bytes
const LARGEST_OCTAL = 8 ** 11 - 1;
const FILE = "0";
const PAX = "x";

export interface Member {
  name: string;
  /** Bytes. */
  size: number;
}

const encoder = new TextEncoder();

// ---- writing

/** What stands before a file's bytes; a PAX header where its name is long or not ASCII, or its size above 8 GiB. */
export function header({ name, size }: Member): Bytes {
  const records: string[] = [];

  if (!/^[\x00-\x7f]{0,100}$/.test(name)) records.push(record("path", name));
  if (size > LARGEST_OCTAL) records.push(record("size", String(size)));
  const plain = block(asciiName(name), size > LARGEST_OCTAL ? 0 : size, FILE);
  if (records.length === 0) return plain;
  const extended = encoder.encode(records.join(""));
  return concat(block("././@PaxHeader", extended.length, PAX), extended, padding(extended.length), plain);
}

/** Zeros that fill the last block of a file. */
export function padding(size: number): Bytes {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** `LENGTH KEY=VALUE\n`, whose length counts its own digits. */
function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** For readers that know no PAX. */
function asciiName(name: string): string {
  return Array.from(name, (sign) => (sign < "\x80" ? sign : "?"))
    .join("")
    .slice(0, NAME_FIELD);
}

function block(name: string, size: number, type: string): Bytes {
  const header = new Uint8Array(BLOCK);
  const put = (place: number, text: string): void => {
    header.set(encoder.encode(text), place);
  };
  put(0, name);
  put(100, "0000644\0" + "0000000\0" + "0000000\0"); // mode, owner, group
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0"); // time of change
  put(148, " ".repeat(8)); // the checksum counts itself as spaces
  put(156, type);
  put(257, "ustar\0" + "00");
  put(148, `${sum(header).toString(8).padStart(6, "0")}\0`);
  return header;
}

// ---- reading

/** The next member, or undefined at the end of the archive, whose rest is read and must be zeros. Throws BundleError. */
export async function nextMember(reader: ByteReader): Promise<Member | undefined> {
  let raw = await readBlock(reader);
  if (raw.every((byte) => byte === 0)) {
    await readTrailer(reader);
    return undefined;
  }
  let extended: Partial<Member> = {};
  if (typeOf(raw) === PAX) {
    extended = await readPax(reader, checked(raw).size);
    raw = await readBlock(reader);
  }
  if (typeOf(raw) !== FILE) throw foreign("something other than files");
  return { ...checked(raw), ...extended };
}

/** Reads over what fills the last block of a file. Throws BundleError. */
export async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const wanted = padding(size).length;
  if ((await reader.exactly(wanted)).length < wanted) throw cutShort();
}

export function cutShort(): BundleError {
  return new BundleError("The bundle is cut short: fetch it again.");
}

function foreign(what: string): BundleError {
  return new BundleError(`The bundle holds ${what}: it was not made by Radiogram.`);
}

async function readBlock(reader: ByteReader): Promise<Bytes> {
  const raw = await reader.exactly(BLOCK);
  if (raw.length < BLOCK) throw cutShort();
  return raw;
}

async function readTrailer(reader: ByteReader): Promise<void> {
  const second = await readBlock(reader);
  for (let piece: Bytes | undefined = second; piece; piece = await reader.some(1 << 16)) {
    if (piece.some((byte) => byte !== 0)) throw foreign("more than its list of files");
  }
}

function typeOf(raw: Bytes): string {
  const type = String.fromCharCode(raw[156] ?? 0);
  return type === "\0" ? FILE : type;
}

function checked(raw: Bytes): Member {
  const stated = octal(raw.subarray(148, 156));
  const blanked = raw.slice().fill(0x20, 148, 156);
  if (stated !== sum(blanked)) throw new BundleError("The bundle is damaged: ask the sender to send it again.");
  const prefix = string(raw.subarray(345, 500));
  const name = string(raw.subarray(0, NAME_FIELD));
  return { name: prefix ? `${prefix}/${name}` : name, size: octal(raw.subarray(124, 136)) };
}

async function readPax(reader: ByteReader, size: number): Promise<Partial<Member>> {
  if (size > HEADER_LIMIT) throw foreign("a header that is too long");
  const raw = await reader.exactly(size);
  await skipPadding(reader, size);
  const member: Partial<Member> = {};
  for (const [key, value] of paxRecords(raw)) {
    if (key.startsWith("GNU.sparse")) throw foreign("a sparse file");
    if (key === "path") member.name = value;
    if (key === "size") member.size = decimal(value);
  }
  return member;
}

function* paxRecords(raw: Bytes): Generator<[string, string]> {
  for (let rest = raw; rest.length > 0;) {
    const space = rest.indexOf(0x20);
    const digits = utf8(rest.subarray(0, Math.max(space, 0)));
    const length = digits.length < 8 ? decimal(digits) : 0;
    const said = utf8(rest.subarray(space + 1, length));
    const equals = said.indexOf("=");
    if (length > rest.length || equals < 1 || !said.endsWith("\n")) throw foreign("a damaged header");
    yield [said.slice(0, equals), said.slice(equals + 1, -1)];
    rest = rest.subarray(length);
  }
}

function sum(header: Bytes): number {
  return header.reduce((total, byte) => total + byte, 0);
}

/** UTF-8 up to the first zero. */
function string(field: Bytes): string {
  const end = field.indexOf(0);
  return utf8(end < 0 ? field : field.subarray(0, end));
}

function utf8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw foreign("a name that is not UTF-8");
  }
}

function octal(field: Bytes): number {
  const digits = string(field).replace(/^ *| *$/g, "");
  if (!/^[0-7]*$/.test(digits)) throw foreign("a damaged header");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function decimal(digits: string): number {
  const number = Number(digits);
  if (!/^[0-9]{1,16}$/.test(digits) || !Number.isSafeInteger(number)) throw foreign("a damaged header");
  return number;
}
