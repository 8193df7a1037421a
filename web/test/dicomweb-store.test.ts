import { describe, expect, it } from "vitest";
import { type Fate, STORED } from "../src/dicomweb/answer.ts";
import { type Instance, multipart, StoreError, type Trouble } from "../src/dicomweb/request.ts";
import { REQUEST_BYTES, REQUEST_INSTANCES, store } from "../src/dicomweb/store.ts";

const instance = (uid: string, bytes = 1): Instance => ({ uid, blob: new Blob([new Uint8Array(bytes)]) });

it("a request has the files bit for bit, each as a part", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  const body = multipart([{ uid: "1", blob: new Blob([bytes]) }, instance("2", 0)], "B");
  const head = "--B\r\nContent-Type: application/dicom\r\n\r\n";
  const whole = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n${head}\r\n--B--\r\n`)]);
  expect(Buffer.from(await body.arrayBuffer())).toEqual(whole);
});

describe("storing", () => {
  /** Answers so for the request that has the instance of this UID; all else is stored. */
  function system(answers: Record<string, Trouble | Fate>): {
    requests: string[][];
    post: (instances: readonly Instance[]) => Promise<Fate[]>;
  } {
    const requests: string[][] = [];
    const post = (instances: readonly Instance[]): Promise<Fate[]> => {
      const uids = instances.map(({ uid }) => uid);
      requests.push(uids);
      for (const uid of uids) {
        const trouble = answers[uid];
        if (typeof trouble === "string") return Promise.reject(new StoreError(trouble, 1));
      }
      return Promise.resolve(uids.map((uid) => (answers[uid] as Fate | undefined) ?? STORED));
    };
    return { requests, post };
  }
  const run = async (
    instances: Instance[],
    answers: Record<string, Trouble | Fate> = {},
  ): Promise<{ requests: string[][]; refused: string[]; stored: string[]; trouble: Trouble | undefined }> => {
    const { requests, post } = system(answers);
    const fates = new Map<string, Fate>();
    const trouble = await store(instances, fates, post, () => undefined);
    const of = (at: Fate["at"]): string[] => [...fates].flatMap(([uid, fate]) => (fate.at === at ? [uid] : []));
    return { requests, refused: of("refused"), stored: of("stored"), trouble: trouble?.trouble };
  };

  it("goes in requests of a measured size", async () => {
    const many = Array.from({ length: REQUEST_INSTANCES + 1 }, (_, at) => instance(String(at)));
    expect((await run(many)).requests.map((each) => each.length)).toEqual([REQUEST_INSTANCES, 1]);
    const half = REQUEST_BYTES / 2;
    const { requests } = await run([instance("a", half), instance("b", half), instance("c", 3 * half), instance("d")]);
    expect(requests).toEqual([["a", "b"], ["c"], ["d"]]);
  });

  it("tells how far it has come, to the end", async () => {
    const told: number[] = [];
    const post = (_: unknown, progress: (bytes: number) => void): Promise<Fate[]> => {
      progress(3);
      progress(99); // with what stands around the files
      return Promise.resolve([STORED, STORED]);
    };
    await store([instance("a", 4), instance("b", 4)], new Map(), post, (bytes) => told.push(bytes));
    expect(told).toEqual([3, 8, 8]);
  });

  it.each(["too-large", "not-taken"] as const)("sends each alone where a request is %s because of one", async (why) => {
    const done = await run([instance("a"), instance("b"), instance("c")], { b: why });
    expect(done.requests).toEqual([["a", "b", "c"], ["a"], ["b"], ["c"]]);
    expect(done).toMatchObject({ refused: ["b"], stored: ["a", "c"], trouble: undefined });
  });

  it.each(["no-answer", "offline", "not-let-in", "no-service", "busy", "other"] as const)(
    "ends at once where it begins with %s",
    async (why) => {
      const done = await run([instance("a", REQUEST_BYTES), instance("b")], { a: why });
      expect(done).toEqual({ requests: [["a"]], refused: [], stored: [], trouble: why });
    },
  );

  it("goes on after a file at which the connection broke off", async () => {
    const done = await run([instance("a"), instance("b", REQUEST_BYTES), instance("c")], { b: "no-answer" });
    expect(done).toMatchObject({ refused: ["b"], stored: ["a", "c"], trouble: undefined });
  });

  it("ends where it breaks off twice, and blames no file", async () => {
    const all = [instance("a"), instance("b", REQUEST_BYTES), instance("c", REQUEST_BYTES), instance("d")];
    const done = await run(all, { b: "no-answer", c: "no-answer" });
    expect(done).toEqual({ requests: [["a"], ["b"], ["c"]], refused: [], stored: ["a"], trouble: "no-answer" });
  });

  it("ends where the token is good no more", async () => {
    const done = await run([instance("a"), instance("b", REQUEST_BYTES), instance("c")], { b: "not-let-in" });
    expect(done).toMatchObject({ refused: [], stored: ["a"], trouble: "not-let-in" });
  });

  it("lets an error of ours through, and what stops it", async () => {
    const post = (): Promise<Fate[]> => Promise.reject(new DOMException("stopped", "AbortError"));
    await expect(store([instance("a")], new Map(), post, () => undefined)).rejects.toThrow("stopped");
  });
});
