/** Test vectors of others, which set-up fetches into ../.tools/vectors (tools/setup.py, VECTORS). */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect } from "vitest";

const FOLDER = new URL("../../.tools/vectors/", import.meta.url);

/** A file of the Community Cryptography Test Vectors for age; their README says what the members mean. */
export interface AgeVector {
  name: string;
  expect: string;
  payload: string | undefined;
  identities: string[];
  passphrases: string[];
  isArmored: boolean;
  file: Uint8Array<ArrayBuffer>;
}

/** All of them; none where they were not fetched. */
export function ageVectors(): AgeVector[] {
  const folder = new URL("age/", FOLDER);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  return names.sort().map((name) => ageVector(name, readFileSync(new URL(name, folder))));
}

export interface WycheproofTest extends Record<string, unknown> {
  tcId: number;
  result: "valid" | "acceptable" | "invalid";
}

/** The tests of a file, each with the members of its group; none where it was not fetched. */
export function wycheproof<Group extends object, Test extends object>(name: string): (Group & Test & WycheproofTest)[] {
  const path = new URL(`wycheproof/${name}_test.json`, FOLDER);
  if (!existsSync(path)) return [];
  const { testGroups } = JSON.parse(readFileSync(path, "utf-8")) as {
    testGroups: (Group & { tests: (Test & WycheproofTest)[] })[];
  };
  return testGroups.flatMap((group) => group.tests.map((test) => ({ ...group, ...test })));
}

/** That there are so many; where set-up could not fetch them, `make test` says it, and CI=true fails. */
export function required(vectors: unknown[], number: number): void {
  if (vectors.length > 0 || process.env["CI"] === "true") expect(vectors).toHaveLength(number);
}

function ageVector(name: string, raw: Buffer): AgeVector {
  const end = raw.indexOf("\n\n");
  const lines = raw.subarray(0, end).toString().split("\n");
  const members = lines.map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)] as const);
  const all = (wanted: string): string[] => members.filter(([key]) => key === wanted).map(([, value]) => value);
  const body = raw.subarray(end + 2);
  return {
    name,
    expect: all("expect")[0] ?? "",
    payload: all("payload")[0],
    identities: all("identity"),
    passphrases: all("passphrase"),
    isArmored: all("armored")[0] === "yes",
    file: Uint8Array.from(all("compressed")[0] === "zlib" ? inflateSync(body) : body),
  };
}
