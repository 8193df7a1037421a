/** The words of a clinical document (HL7 CDA, release 2, 4.3.5), where they are plain text: a page has no XML reader. */

import { clean } from "../formats/text.ts";
import { shownDate, shownName } from "./display.ts";
import { isoDate } from "./metadata.ts";
import type { Part, Report } from "./structuredReport.ts";

export const MAX_WORDS = 1 << 20; // bytes
const MAX_DEPTH = 50;
/** A comment, an instruction of XML, a tag, or text; of all else, as definitions of entities, nothing is read. */
const TOKEN = /<!--[^]*?-->|<\?[^]*?\?>|<(\/?)((?:\w+:)?[\w.-]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(\/?)>|([^<]+)/y;
const ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);
/** What is struck out, or a picture: read as text, it would say something else. */
const NOT_PLAIN = /\brevised\b|\bxStrike\b/i;
const PICTURES = new Set(["renderMultiMedia", "observationMedia", "regionOfInterest", "nonXMLBody"]);

interface Element {
  readonly name: string;
  /** As they stand in the tag. */
  readonly attributes: string;
  readonly children: (Element | string)[];
}

/** Title, header and sections of a document, in its order; undefined where they are not plain. Never throws. */
export function wordsOf(bytes: Uint8Array<ArrayBuffer>): Report | undefined {
  const root = bytes.length <= MAX_WORDS ? parsed(bytes) : undefined;
  if (root?.name !== "ClinicalDocument") return undefined;
  const parts = within(root, "component", "structuredBody", "component", "section").map(sectionOf);
  if (!parts.length) return undefined;
  const facts = factsOf(root).filter(([, value]) => value);
  return { title: titleOf(root) || "A clinical document (CDA)", facts, status: [], parts, isForPeople: true };
}

/** What its header says of it (4.2): whose it is, of when, by whom, and who keeps the original. */
function factsOf(root: Element): [name: string, value: string][] {
  const role = within(root, "recordTarget", "patientRole");
  const authors = within(root, "author", "assignedAuthor");
  const people = authors.flatMap((each) => within(each, "assignedPerson", "name").map(nameOf));
  const devices = authors.flatMap((each) =>
    within(each, "assignedAuthoringDevice", "softwareName").map((name) => clean(wholeText(name))),
  );
  const keepers = within(root, "custodian", "assignedCustodian", "representedCustodianOrganization", "name");
  const several = (names: readonly string[]): string => [...new Set(names.filter(Boolean))].slice(0, 20).join("; ");
  return [
    ["Patient", several(role.flatMap((each) => within(each, "patient", "name").map(nameOf)).slice(0, 1))],
    ["Born", momentOf(role.flatMap((each) => within(each, "patient", "birthTime")))],
    ["Date", momentOf(elementsOf(root, "effectiveTime"))],
    ["Written by", several([...people, ...devices])],
    ["Kept by", several(keepers.map((each) => clean(wholeText(each))))],
  ];
}

/** `OKAFOR, Grace Ann (Dr)` of a name in parts; of one that is not, its text. */
function nameOf(name: Element): string {
  const part = (...kinds: string[]): string =>
    kinds
      .flatMap((kind) => elementsOf(name, kind))
      .map((each) => clean(wholeText(each)).replace(/[\^=]/g, " "))
      .join(" ");
  const family = part("family");
  return family
    ? shownName([family, part("given"), "", part("prefix"), part("suffix")].join("^"))
    : clean(wholeText(name));
}

/** `14-Mar-2024` of the first time's value, `20240314120000+0100`; empty where it has no day. */
const momentOf = ([time]: readonly Element[]): string => {
  const day = /\bvalue\s*=\s*["'](\d{8})/.exec(time?.attributes ?? "")?.[1];
  return day === undefined ? "" : shownDate(isoDate(day));
};

function parsed(bytes: Uint8Array<ArrayBuffer>): Element | undefined {
  let xml: string;
  try {
    xml = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (/^\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-?8["'])/i.test(xml)) return undefined;
  const top: Element = { name: "", attributes: "", children: [] };
  const open = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xml.length) {
    const found = TOKEN.exec(xml);
    if (!found) return undefined;
    const [, closes, name, attributes = "", isEmpty, text] = found;
    const around = open.at(-1);
    if (text !== undefined) {
      const plain = decoded(text);
      if (plain === undefined) return undefined;
      around?.children.push(plain);
    } else if (closes) {
      if (open.length < 2 || open.pop()?.name !== name) return undefined;
    } else if (name !== undefined) {
      if (PICTURES.has(name) || NOT_PLAIN.test(attributes) || open.length > MAX_DEPTH) return undefined;
      const element: Element = { name, attributes, children: [] };
      around?.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  const roots = top.children.filter((each) => typeof each !== "string");
  return open.length === 1 && roots.length === 1 ? roots[0] : undefined;
}

/** Undefined where an entity is not one of XML's own. */
function decoded(text: string): string | undefined {
  let unknown = 0;
  const plain = text.replace(/&([^;&]{0,12});?/g, (_, name: string) => {
    const hexadecimal = /^#x([\da-f]{1,6})$/i.exec(name)?.[1];
    const decimal = /^#(\d{1,7})$/.exec(name)?.[1];
    const code = hexadecimal !== undefined ? parseInt(hexadecimal, 16) : Number(decimal ?? NaN);
    const found = ENTITIES.get(name) ?? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined);
    if (found === undefined) unknown++;
    return found ?? "";
  });
  return unknown > 0 ? undefined : plain;
}

const elementsOf = (element: Element, name: string): Element[] =>
  element.children.filter((each): each is Element => typeof each !== "string" && each.name === name);

const within = (element: Element, ...path: string[]): Element[] =>
  path.reduce<Element[]>((found, name) => found.flatMap((each) => elementsOf(each, name)), [element]);

const titleOf = (element: Element): string => clean(within(element, "title").map(wholeText).join(" "));

const wholeText = (element: Element): string =>
  element.children.map((each) => (typeof each === "string" ? each : wholeText(each))).join("");

function sectionOf(section: Element): Part {
  const lines = within(section, "text").flatMap(linesOf);
  const inner = within(section, "component", "section").map(sectionOf);
  return { kind: "section", name: titleOf(section), parts: [...lines.map(line), ...inner] };
}

const line = (value: string): Part => ({ kind: "line", relation: "", name: "", value, isLong: false, parts: [] });

const BREAKS = new Set(["paragraph", "br", "item", "list", "table", "thead", "tbody", "tfoot", "tr", "caption"]);
const CELLS = new Set(["td", "th"]);

/** Paragraphs, items and rows of a narrative block, each a line; cells of a row have a dot between them. */
function linesOf(block: Element): string[] {
  const flat = (element: Element): string => {
    const inner = element.children.map((each) => (typeof each === "string" ? each.replace(/\s+/g, " ") : flat(each)));
    if (BREAKS.has(element.name)) return `\n${inner.join("")}\n`;
    return CELLS.has(element.name) ? `${inner.join("")}\t` : inner.join("");
  };
  const tidy = (text: string): string =>
    text
      .split("\t")
      .map((cell) => cell.replace(/[\p{C}\p{Z}]+/gu, " ").trim())
      .filter(Boolean)
      .join(" · ");
  return flat(block).split("\n").map(tidy).filter(Boolean);
}
