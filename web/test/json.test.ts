/** JSON that others wrote. */

import { describe, expect, test } from "vitest";
import { parseJson } from "../src/formats/json.ts";

const tower = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("JSON", () => {
  test("has 200 levels at most", () => {
    expect(parseJson(tower(200))).toBeInstanceOf(Array);
    expect(() => parseJson(tower(201))).toThrow("nested too deep");
    expect(() => parseJson(`[["\\"",${tower(199)}]]`)).toThrow("nested too deep");
  });

  test("may have any brackets side by side, and in strings", () => {
    const value = [Array.from({ length: 1000 }, () => []), "[".repeat(1000), { '"\\[': "\\" }, "{".repeat(300)];
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });
});
