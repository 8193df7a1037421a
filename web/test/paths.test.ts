import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths } from "../src/formats/text.ts";
import { python } from "./python.ts";

const part = fc.string({ unit: "binary", minLength: 1, maxLength: 4 }).filter((text) => !/[/\0]|^\.+$/u.test(text));
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));

const SORTED = `
import json, sys
from pathlib import PurePosixPath
print(json.dumps([sorted(each, key=PurePosixPath) for each in json.load(sys.stdin)]))
`;

test("files are listed in the order in which the commands list them", () => {
  const lists = fc.sample(fc.uniqueArray(path, { maxLength: 8 }), 100);
  const sorted = JSON.parse(
    python(SORTED, [], new TextEncoder().encode(JSON.stringify(lists))).toString(),
  ) as string[][];
  expect(lists.map((each) => [...each].sort(comparePaths))).toEqual(sorted);
});
