/** The list of checked clinics of whoever has unlocked, and what adds to it. */

import type { Inbox } from "../../chain/inbox.ts";
import { EnsRecords } from "../../chain/ens.ts";
import { isTaken } from "../../chain/contractSignature.ts";
import { ClinicCardError, ClinicCheckError, RegisterError } from "../../errors.ts";
import type { Bytes } from "../../formats/bytes.ts";
import {
  CARD_BYTES,
  checkClinicSignature,
  type ClinicCard,
  ENS_RECORD,
  parseClinicCard,
  WELL_KNOWN,
} from "../../formats/clinicCard.ts";
import { type CheckedBy, type Clinic, LIST_BYTES, merged, withClinic } from "../../formats/clinics.ts";
import type { Keyring } from "../../keys/keyring.ts";
import { textOf } from "../../reply.ts";
import type { SealedStore } from "./sealedStore.ts";

const PATIENCE = 15_000; // milliseconds that a site may take
const AGE = "age-encryption.org/v1";

/** A card that its account has signed: it is known who it is of, not yet that this is the clinic that it names. Throws ClinicCardError, ChainUnreachable. */
export async function signedCard(raw: Uint8Array, inbox: Inbox): Promise<ClinicCard> {
  const card = parseClinicCard(raw);
  const { rpc } = inbox.site;
  await checkClinicSignature(card, (account, digest, signature) => isTaken(rpc, account, digest, signature));
  return card;
}

/** Whether a file has the beginning of a list, and not of a card. */
export async function isList(file: Blob): Promise<boolean> {
  return (await file.slice(0, AGE.length).text()) === AGE;
}

/** The card that the site of `card` publishes, of the same account. Throws ClinicCheckError, ChainUnreachable, AbortError. */
export async function cardAtSite(card: ClinicCard, inbox: Inbox, signal: AbortSignal): Promise<ClinicCard> {
  const { site } = card;
  const theirs = await cardOfSite(site, inbox, signal);
  if (theirs.address === card.address && theirs.site === site) return theirs;
  throw new ClinicCheckError(`The card at ${site} is another one. Do not trust this card: ask the clinic.`);
}

/**
 * The card of the account that an ENS name is the name of: from the name’s text record `radiogram.card`, or from the site
 * of its record `url`. Throws ClinicCheckError, ClinicCardError, ChainUnreachable, AbortError.
 */
export async function cardOfName(name: string, inbox: Inbox, signal: AbortSignal): Promise<ClinicCard> {
  const names = new EnsRecords(inbox.site.rpc, signal);
  const address = await names.address(name);
  if (address === undefined) throw new ClinicCheckError(`${name} is no ENS name on this network. Check the name.`);
  const said = await names.text(name, ENS_RECORD);
  const card =
    said === ""
      ? await cardOfSite(siteOf(name, await names.text(name, "url")), inbox, signal)
      : await signedCard(new TextEncoder().encode(said), inbox);
  if (card.address === address) return card;
  throw new ClinicCheckError(`${name} is the name of ${address}, and its card is of ${card.address}. Ask the clinic.`);
}

function siteOf(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:") return url.hostname;
  throw new ClinicCheckError(`${name} names neither a clinic’s card nor its site. Ask the clinic for its card.`);
}

async function cardOfSite(site: string, inbox: Inbox, signal: AbortSignal): Promise<ClinicCard> {
  const text = await published(site, signal);
  try {
    return await signedCard(new TextEncoder().encode(text), inbox);
  } catch (error) {
    if (!(error instanceof ClinicCardError)) throw error;
    throw new ClinicCheckError(`What ${site} publishes is no clinic’s card. Ask the clinic.`);
  }
}

async function published(site: string, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(PATIENCE);
  const broken = new Set<string>();
  const forbidden = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
    broken.add(effectiveDirective);
  };
  document.addEventListener("securitypolicyviolation", forbidden);
  try {
    const response = await fetch(`https://${site}${WELL_KNOWN}`, {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.any([signal, late]),
    });
    if (!response.ok) throw new ClinicCheckError(`${site} has no card (status ${response.status}). Ask the clinic.`);
    return await textOf(response, CARD_BYTES);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClinicCheckError) throw error;
    if (error instanceof RangeError) throw new ClinicCheckError(`${site} sends more than a card. Ask the clinic.`);
    if (late.aborted) throw new ClinicCheckError(`${site} does not answer. Try again later.`);
    await new Promise((resolve) => setTimeout(resolve)); // the report of the policy comes after the error
    throw new ClinicCheckError(broken.has("connect-src") ? notAllowed(site) : unreachable(site));
  } finally {
    document.removeEventListener("securitypolicyviolation", forbidden);
  }
}

const notAllowed = (site: string): string =>
  `This copy of Radiogram may not ask other websites, so it cannot ask ${site}. The commands can: ape run clinics add --site ${site}. Their list can be opened here.`;
const unreachable = (site: string): string =>
  `${site} cannot be reached, or does not let other websites read its card. The commands may: ape run clinics add --site ${site}. Their list can be opened here.`;

export class ClinicBook {
  readonly #store: SealedStore;
  readonly #keyring: Keyring;

  constructor(store: SealedStore, keyring: Keyring) {
    this.#store = store;
    this.#keyring = keyring;
  }

  /** Throws RegisterError if what is kept can’t be opened. */
  async read(): Promise<Clinic[]> {
    const file = await this.#store.read(this.#owner);
    return file ? this.#keyring.openClinics(file) : [];
  }

  /** The list with a card that was checked now, by a site or name. Throws RegisterError. */
  add(card: ClinicCard, checkedBy: CheckedBy, name = ""): Promise<Clinic[]> {
    const clinic = { card, checkedBy, name, checkedAt: new Date().toISOString().replace(/\.\d+/, "") };
    return this.#change((clinics) => withClinic(clinics, clinic));
  }

  /** The list without a clinic. Throws RegisterError. */
  forget({ card }: Clinic): Promise<Clinic[]> {
    return this.#change((clinics) => clinics.filter((each) => each.card.address !== card.address));
  }

  /** An empty list, in the place of one that can’t be opened. */
  startAnew(): Promise<Clinic[]> {
    return this.#store.alone(() => this.#write([]));
  }

  /** The list with what is in another one of the same key; that alone, if what is kept can’t be opened. Throws RegisterError. */
  async takeIn(file: Blob): Promise<Clinic[]> {
    if (file.size > LIST_BYTES) throw new RegisterError("This is too large for a list of clinics.");
    const others = await this.#keyring.openClinics(new Uint8Array(await file.arrayBuffer()));
    return this.#store.alone(async () => {
      const clinics = await this.read().catch((error: unknown) => {
        if (error instanceof RegisterError) return [];
        throw error;
      });
      return this.#write(merged(clinics, others));
    });
  }

  /** The list as a file, for the commands or another browser. */
  async file(): Promise<Bytes> {
    return this.#keyring.sealClinics(await this.read());
  }

  #change(change: (clinics: Clinic[]) => Clinic[]): Promise<Clinic[]> {
    return this.#store.alone(async () => this.#write(change(await this.read())));
  }

  async #write(clinics: Clinic[]): Promise<Clinic[]> {
    await this.#store.write(this.#owner, await this.#keyring.sealClinics(clinics));
    return clinics;
  }

  get #owner(): Clinic["card"]["address"] {
    const { owner } = this.#keyring;
    if (!owner) throw new RegisterError("Radiogram is locked: unlock it with your key.");
    return owner.address;
  }
}
