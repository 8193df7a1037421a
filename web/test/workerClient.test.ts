import * as Comlink from "comlink";
import { expect, test } from "vitest";
import { IpfsTimeout, RadiogramError, Rejected } from "../src/errors.ts";
import { carryErrors, Jobs } from "../src/worker/workerClient.ts";
import { waitFor } from "../src/waiting.ts";
import { refusalOf } from "./vectors.ts";

/** What reaches the page of what the worker throws. */
async function carried(error: unknown): Promise<unknown> {
  carryErrors();
  const { port1, port2 } = new MessageChannel();
  const fail = (): never => {
    throw error;
  };
  Comlink.expose({ fail }, port1);
  const remote = Comlink.wrap<{ fail(): Promise<unknown> }>(port2);
  try {
    return await remote.fail();
  } catch (thrown) {
    return thrown;
  } finally {
    port1.close();
  }
}

test("an error leaves the worker with its class, text and tries", async () => {
  const error = new IpfsTimeout("late");
  error.tries = [{ gateway: "./ipfs/", error: "late" }];
  const arrived = await carried(error);
  expect(arrived).toBeInstanceOf(IpfsTimeout);
  expect(arrived).toMatchObject({ name: "IpfsTimeout", message: "late", tries: error.tries });
  expect(await carried(new Rejected("no"))).toMatchObject({ name: "Rejected", code: 4001 });
});

test("an AbortError leaves the worker as one", async () => {
  expect(await carried(new DOMException("stopped", "AbortError"))).toMatchObject({ name: "AbortError" });
});

test("an error that nobody foresaw leaves the worker as a plain one, without its stack", async () => {
  const arrived = await carried(new TypeError("x is not a function"));
  expect(arrived).toBeInstanceOf(Error);
  expect(arrived).not.toBeInstanceOf(RadiogramError);
  expect((arrived as Error).message).toContain("x is not a function");
});

test("a job is cancelled by its number, and another is not", async () => {
  const jobs = new Jobs();
  const work = (signal: AbortSignal): Promise<string> =>
    waitFor(new Promise<string>((resolve) => setTimeout(resolve, 50, "done")), signal);
  const [first, second] = [jobs.run(1, work), jobs.run(2, work)];
  jobs.cancel(1);
  expect(await refusalOf(() => first)).toBe("AbortError");
  expect(await second).toBe("done");
});
