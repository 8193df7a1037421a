import { Stanza, webauthn } from "age-encryption";
import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import { KeyFormatError } from "../src/errors.ts";
import { readPasskeyFile, writePasskeyFile } from "../src/formats/passkeyFile.ts";
import { passkeyIdentity } from "../src/formats/passkeyIdentity.ts";
import { newSeed } from "../src/formats/seed.ts";
import { forgetPasskey, keepPasskey, keptPasskeys, type Passkey } from "../src/keys/passkeyStore.ts";

/** What age-encryption reads from the name of a passkey. */
interface Read {
  readonly credId: Uint8Array;
  readonly rpId: string;
  readonly transports: string[];
}

describe("the name of a passkey", () => {
  test.each([0, 1, 23, 24, 255, 256, 1023])("with an id of %d bytes is what age-encryption reads", (length) => {
    const id = crypto.getRandomValues(new Uint8Array(length));
    const host = "images.clinic.example.with-a-long-name.org";
    const identity = passkeyIdentity(id, host, ["internal", "hybrid"]);
    const read = new webauthn.WebAuthnIdentity({ identity }) as unknown as Read;
    expect(Uint8Array.from(read.credId)).toEqual(id);
    expect([read.rpId, read.transports]).toEqual([host, ["internal", "hybrid"]]);
  });
});

describe("a passkey file", () => {
  /** A device in place of WebAuthn: it wraps the file key with a secret of its own. */
  const device = (): {
    wrap: Parameters<typeof writePasskeyFile>[1];
    unwrap: Parameters<typeof readPasskeyFile>[1];
  } => {
    let held = new Uint8Array();
    return {
      wrap: (fileKey) => {
        held = Uint8Array.from(fileKey);
        return Promise.resolve([new Stanza(["age-encryption.org/fido2prf", "AAAA"], new Uint8Array(32))]);
      },
      unwrap: () => Promise.resolve(held),
    };
  };

  test("gives the words back to the device that locked them, and holds them nowhere in plain", async () => {
    const [seed, { wrap, unwrap }] = [newSeed(), device()];
    const file = await writePasskeyFile(seed, wrap);
    expect(file).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/u);
    expect(file).not.toContain(seed.split(" ").slice(0, 2).join(" "));
    expect(await readPasskeyFile(file, unwrap)).toBe(seed);
  });

  test("is refused by another device, damaged, or with something else in it", async () => {
    const [seed, { wrap, unwrap }] = [newSeed(), device()];
    const file = await writePasskeyFile(seed, wrap);
    const refused = (text: string, opens = unwrap): Promise<void> =>
      expect(readPasskeyFile(text, opens)).rejects.toThrow(KeyFormatError);
    await refused(file, () => Promise.resolve(null));
    await refused(file, () => Promise.resolve(new Uint8Array(16)));
    await refused(file.replace(/.(?=\n-----END)/u, (last) => (last === "A" ? "B" : "A")));
    await refused("zoo ".repeat(24));
    await refused("-".repeat(20_000));
    const other = device();
    await refused(await writePasskeyFile("these are no words of a seed", other.wrap), other.unwrap);
  });
});

describe("the passkeys of a browser", () => {
  const passkey = (id: string, day: number): Passkey => ({
    id,
    address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    name: id,
    made: new Date(2026, 10, day),
    identity: "",
    file: "",
  });

  test("are kept oldest first, changed in place, and forgotten", async () => {
    expect(await keptPasskeys()).toEqual([]);
    await keepPasskey(passkey("b", 2));
    await keepPasskey(passkey("a", 3));
    await keepPasskey(passkey("c", 1));
    await keepPasskey({ ...passkey("b", 2), name: "renamed" });
    expect((await keptPasskeys()).map(({ name }) => name)).toEqual(["c", "renamed", "a"]);
    await forgetPasskey(passkey("c", 1));
    expect((await keptPasskeys()).map(({ name }) => name)).toEqual(["renamed", "a"]);
  });
});
