/**
 * Who may connect: the keys given to the emulator, or anybody, and client secrets (`ek_...`) as long as they live.
 */
import { randomBytes } from "node:crypto";
import type { Ids } from "../ids.ts";

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
  readonly #ids: Ids;
  readonly #secretText: (length: number) => string;
  readonly #secrets = new Map<string, ClientSecret>();

  /** `apiKeys` null accepts any key, or none. `secretText` makes the random part of secrets, of so many characters. */
  constructor(apiKeys: readonly string[] | null, ids: Ids, secretText: (length: number) => string) {
    this.#apiKeys = apiKeys;
    this.#ids = ids;
    this.#secretText = secretText;
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

  /** A session id for the description of a secret. */
  sessionId(): string {
    return this.#ids.next("sess");
  }

  /** Makes a secret that lives for `seconds`. */
  mint(seconds: number, session: unknown, model: string | null, owner: string | null): ClientSecret {
    const now = Math.floor(Date.now() / 1000);
    const secret = { value: SECRET_PREFIX + this.#secretText(SECRET_LENGTH), expiresAt: now + seconds, session, model, owner };
    this.#secrets.set(secret.value, secret);
    return secret;
  }
}

/** Text that nobody can guess, for secrets that need not repeat; `length` is even. */
export function unguessableText(length: number): string {
  return randomBytes(length / 2).toString("hex");
}
