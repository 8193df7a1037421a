import { expect, test } from "vitest";
import { Announcer } from "../src/pages/open/announcer.ts";

/** Reads those that come, and is told of each. */
function reading(comes: (index: number) => boolean): { announcer: Announcer; read: number[] } {
  const read: number[] = [];
  const announcer = new Announcer((index) => {
    read.push(index);
    return Promise.resolve(comes(index));
  });
  return { announcer, read };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("what a study is, is read once, in the order of the list", async () => {
  const { announcer, read } = reading(() => true);
  announcer.want([3, 2]);
  announcer.want([4, 3, 2]);
  await settled();
  announcer.again();
  announcer.want([4, 3, 2]);
  await settled();
  expect(read).toEqual([3, 4, 2]);
});

test("what did not come is read again at the next look, and not before", async () => {
  let isThere = false;
  const { announcer, read } = reading((index) => index !== 2 || isThere);
  announcer.want([3, 2]);
  await settled();
  announcer.want([3, 2]);
  await settled();
  expect(read).toEqual([3, 2]);
  isThere = true;
  for (let look = 0; look < 2; look++) {
    announcer.again();
    announcer.want([3, 2]);
    await settled();
  }
  expect(read).toEqual([3, 2, 2]);
});

test("of another inbox all is read", async () => {
  const { announcer, read } = reading(() => false);
  announcer.want([1]);
  await settled();
  announcer.clear();
  announcer.want([1]);
  await settled();
  announcer.want([1]);
  await settled();
  expect(read).toEqual([1, 1]);
});
