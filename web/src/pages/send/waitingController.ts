/** Asks the computer that this page comes from what waits in its outbox, and takes out what was sent. */

import { textOf } from "../../reply.ts";
import { pause } from "../../waiting.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";
import { readFiles, readListing, waited, type WaitingEvent } from "./waiting.ts";

const LOOK_AGAIN = 5000; // milliseconds
const PATIENCE = 30_000; // milliseconds
const LIMIT = 64 << 20; // bytes of an answer

/** The secret is not that of this start of the server. */
class LockedOut extends Error {}

export class WaitingController {
  readonly #url: string | null;
  readonly #secret: string | null;
  readonly #dispatch: (event: WaitingEvent) => void;
  readonly #ended = new AbortController();
  /** What was sent, and is not taken out yet: instances by study. */
  readonly #sent = new Map<string, string[]>();

  /** `url`: of the outbox, null where none is shown; `secret`: what the page was opened with, if it was. */
  constructor(url: string | null, secret: string | null, dispatch: (event: WaitingEvent) => void) {
    this.#url = url;
    this.#secret = secret;
    this.#dispatch = dispatch;
  }

  /** Looks what waits, again and again while the page is on the screen, until it is left. */
  async watch(): Promise<void> {
    if (this.#url === null) return;
    if (this.#secret === null) {
      this.#dispatch({ type: "lock", why: "no-secret" });
      return;
    }
    this.#dispatch({ type: "look" });
    const { signal } = this.#ended;
    while (!signal.aborted) {
      if (document.visibilityState === "visible" && !(await this.look())) return;
      await pause(LOOK_AGAIN, signal).catch(() => undefined);
    }
  }

  /** Whether there is a reason to look again. */
  async look(): Promise<boolean> {
    try {
      for (const [study, instances] of this.#sent) {
        await this.#takeOut(study, instances);
        this.#sent.delete(study);
      }
      const listing = readListing(await this.#ask(""), Date.now());
      if (!listing) throw new Error("The list is not as it should be.");
      this.#dispatch({ type: "list", listing });
    } catch (error) {
      if (error instanceof LockedOut) {
        this.#dispatch({ type: "lock", why: "old-secret" });
        return false;
      }
      if (!this.#ended.signal.aborted) this.#dispatch({ type: "fail", detail: textOfError(error) });
    }
    return true;
  }

  /** The files of a study, to be read as they are needed; undefined, and why is said, if that can’t be. */
  async choose(id: string): Promise<SourceFile[] | undefined> {
    this.#dispatch({ type: "choose", id });
    try {
      const place = { url: `${this.#url ?? ""}/${id}`, authorization: this.#authorization, study: id };
      const files = readFiles(await this.#ask(`/${id}`), place);
      if (!files) throw new Error("The list of its files is not as it should be.");
      this.#dispatch({ type: "chosen", problem: null });
      return files;
    } catch (error) {
      this.#dispatch({ type: "chosen", problem: textOfError(error) });
      await this.look();
      return undefined;
    }
  }

  /** Takes out what of it waited; tries again until it is done. What has come since stays. */
  async sent(files: readonly SourceFile[]): Promise<void> {
    const out = waited(files);
    if (out.size === 0) return;
    for (const [study, instances] of out) this.#sent.set(study, instances);
    await this.look();
  }

  /** Deletes a study that nobody was sent. */
  async forget(id: string): Promise<void> {
    try {
      const files = readFiles(await this.#ask(`/${id}`), { url: "", authorization: "", study: id }) ?? [];
      await this.#takeOut(id, waited(files).get(id) ?? []);
    } catch (error) {
      this.#dispatch({ type: "chosen", problem: textOfError(error) });
    }
    await this.look();
  }

  async forgetRefused(): Promise<void> {
    await this.#ask("/refused", {}).catch((error: unknown) => {
      this.#dispatch({ type: "chosen", problem: textOfError(error) });
    });
    await this.look();
  }

  leave(): void {
    this.#ended.abort();
  }

  get #authorization(): string {
    return `Bearer ${this.#secret ?? ""}`;
  }

  async #takeOut(study: string, instances: readonly string[]): Promise<void> {
    await this.#ask(`/${study}`, { instances });
  }

  /** Throws LockedOut, and Errors with words for the person. */
  async #ask(path: string, body?: object): Promise<unknown> {
    const post = { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${this.#url ?? ""}${path}`, {
      headers: { Authorization: this.#authorization, ...(body && { "Content-Type": "application/json" }) },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(PATIENCE)]),
      ...(body && post),
    }).catch(() => {
      throw new Error("The computer that this page comes from does not answer.");
    });
    if (response.status === 401) throw new LockedOut();
    const said: unknown = JSON.parse(await textOf(response, LIMIT));
    if (response.ok) return said;
    const { error } = said as { error?: unknown };
    throw new Error(
      typeof error === "string" ? `The outbox says: ${error}.` : `The outbox answers ${response.status}.`,
    );
  }
}

const textOfError = (error: unknown): string => (error instanceof Error ? error.message : String(error));
