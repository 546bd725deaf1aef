/**
 * Ids as the service makes them: a prefix, then 21 base62 characters of which the first five are ordered by time. Everything comes from one seed, so a seeded
 * emulator repeats its ids (and its obfuscation strings) from run to run.
 */
import { Random } from "./random.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ORDERED_CHARS = 5;
const RANDOM_CHARS = 16;

/** Kinds of ids, by their prefix on the wire. */
export type IdKind = "event" | "item" | "resp" | "conv" | "sess" | "seg" | "live" | "trig" | "fc" | "msg";

/** Makes ids and random text for one session, or for one server. */
export class Ids {
  readonly #random: Random;
  #count: number;

  /** `seed` is any 32-bit integer; equal seeds give equal sequences. `firstCount` is where the ordered part starts. */
  constructor(seed: number, firstCount = 0) {
    this.#random = new Random(seed);
    this.#count = firstCount;
  }

  /** A new id such as `item_0004kV3...`. */
  next(kind: IdKind): string {
    return `${kind}_${this.#ordered()}${this.text(RANDOM_CHARS)}`;
  }

  /** A new function call id: `call_` and 16 characters. */
  call(): string {
    return `call_${this.text(RANDOM_CHARS)}`;
  }

  /** An id of an HTTP request: `req_` and 32 characters. */
  request(): string {
    return `req_${this.text(2 * RANDOM_CHARS)}`;
  }

  /** `length` random base62 characters. */
  text(length: number): string {
    let out = "";
    for (let i = 0; i < length; i++) out += BASE62[this.#random.uint32() % 62];
    return out;
  }

  #ordered(): string {
    let out = "";
    for (let rest = this.#count++, i = 0; i < ORDERED_CHARS; i++, rest = Math.floor(rest / 62)) out = BASE62[rest % 62] + out;
    return out;
  }
}
