/**
 * Who may connect: the keys given to the emulator, or anybody, and client secrets (`ek_...`) as long as they live.
 */
import { randomBytes } from "node:crypto";
import { Ids } from "../ids.ts";
import type { Random } from "../random.ts";

/** A client secret, short-lived and made for one session's settings. */
export interface ClientSecret {
  /** `ek_...`. */
  readonly value: string;
  /** End of its life, in seconds since 1970. */
  readonly expiresAt: number;
  /** The settings it pins, as in `session.update`, or null. */
  readonly session: unknown;
  /** The model it is for, or null when the client chooses. */
  readonly model: string | null;
  /** The key that made it, or null when there was none. */
  readonly owner: string | null;
}

/** Length of a secret's random part. */
const SECRET_LENGTH = 32;
const SECRET_PREFIX = "ek_";

/** Knows all keys. */
export class KeyRing {
  readonly #apiKeys: readonly string[] | null;
  readonly #ids: Ids | null;
  readonly #secrets = new Map<string, ClientSecret>();

  /** `apiKeys` null accepts any key, or none. Secrets are drawn from `random` where they are to repeat, else they cannot be guessed. */
  constructor(apiKeys: readonly string[] | null, random: Random | null) {
    this.#apiKeys = apiKeys;
    this.#ids = random === null ? null : new Ids(random.uint32());
  }

  /** The key on whose account `key` is: the one that made it, for a client secret. */
  owner(key: string | null): string | null {
    return this.secret(key)?.owner ?? key;
  }

  /** Whether `key` may make client secrets. */
  acceptsApiKey(key: string | null): boolean {
    return this.#apiKeys === null ? !key?.startsWith(SECRET_PREFIX) : key !== null && this.#apiKeys.includes(key);
  }

  /** Whether `key` may connect. A secret made here ends with its life, even when any other key would do. */
  acceptsConnection(key: string | null): boolean {
    const secret = key === null ? undefined : this.#secrets.get(key);
    if (secret !== undefined) return secret.expiresAt * 1000 > Date.now();
    return this.#apiKeys === null || (key !== null && this.#apiKeys.includes(key));
  }

  /** The secret of that value, or null. */
  secret(key: string | null): ClientSecret | null {
    return (key !== null && this.#secrets.get(key)) || null;
  }

  /** Makes a secret that lives for `seconds`. */
  mint(seconds: number, session: unknown, model: string | null, owner: string | null): ClientSecret {
    const now = Math.floor(Date.now() / 1000);
    const secret = { value: SECRET_PREFIX + this.#text(), expiresAt: now + seconds, session, model, owner };
    this.#secrets.set(secret.value, secret);
    return secret;
  }

  #text(): string {
    return this.#ids?.text(SECRET_LENGTH) ?? randomBytes(SECRET_LENGTH / 2).toString("hex");
  }
}
