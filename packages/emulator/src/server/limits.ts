/**
 * What one key may use: sessions at once, connections, responses and tokens per minute. Each of the last three is a bucket that is full at first and fills up steadily
 * over a minute; a client secret draws from the buckets of the key that made it.
 */
import type { RateLimit } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import { WireError } from "../errors.ts";
import { integerOption, requireKnown, requireObject } from "../option-checks.ts";
import { HttpError } from "./http-error.ts";

/** The option `limits`; what is absent is not limited. */
export interface KeyLimits {
  /** Sessions at once, at least 1; those of the Live API and translations do not count. */
  readonly sessionsPerKey?: number;
  /** WebSocket connections per minute, at least 1. */
  readonly connectsPerMinute?: number;
  /** Tokens per minute, those of the user and of the model together, at least 1. A response starts as long as one is left, so the last one may use more. */
  readonly tokensPerMinute?: number;
  /** Responses per minute, at least 1. */
  readonly requestsPerMinute?: number;
}

const NAMES = ["sessionsPerKey", "connectsPerMinute", "tokensPerMinute", "requestsPerMinute"] as const;

/** Tokens per minute that are reported when there is no limit. */
const REPORTED_TOKENS = 40_000;
const MINUTE_MS = 60_000;
/** Accounts from which on those that are idle are forgotten. */
const MANY_ACCOUNTS = 1000;

/** Checks the option. @throws {TypeError | RangeError} */
export function limitsOption(value: KeyLimits | undefined): KeyLimits {
  if (value === undefined) return {};
  requireObject("limits", value);
  requireKnown("limits", value, NAMES);
  for (const name of NAMES) if (value[name] !== undefined) integerOption(`limits.${name}`, value[name], 1, 1e12);
  return { ...value };
}

/** A budget that fills up to `capacity` within a minute. */
class Bucket {
  readonly capacity: number;
  readonly #clock: EmulatorClock;
  #level: number;
  #atMs: number;

  constructor(capacity: number, clock: EmulatorClock) {
    this.capacity = capacity;
    this.#clock = clock;
    this.#level = capacity;
    this.#atMs = clock.nowMs();
  }

  /** What is left; below 0 when more was taken than there was. */
  get level(): number {
    const nowMs = this.#clock.nowMs();
    this.#level = Math.min(this.capacity, this.#level + ((nowMs - this.#atMs) * this.capacity) / MINUTE_MS);
    this.#atMs = nowMs;
    return this.#level;
  }

  /** Seconds until `amount` is there, 0 when it is. */
  secondsUntil(amount: number): number {
    return (Math.max(0, amount - this.level) * MINUTE_MS) / this.capacity / 1000;
  }

  /** Takes `amount`, whether it is there or not. */
  take(amount: number): void {
    this.#level = this.level - amount;
  }
}

/** What the sessions of one key use. */
export class Account {
  readonly #requests: Bucket | null;
  readonly #tokens: Bucket;
  readonly #limited: boolean;
  /** Connections, if they are limited. */
  readonly connects: Bucket | null;
  #sessions = 0;

  constructor({ connectsPerMinute, tokensPerMinute, requestsPerMinute }: KeyLimits, clock: EmulatorClock) {
    this.connects = connectsPerMinute === undefined ? null : new Bucket(connectsPerMinute, clock);
    this.#requests = requestsPerMinute === undefined ? null : new Bucket(requestsPerMinute, clock);
    this.#tokens = new Bucket(tokensPerMinute ?? REPORTED_TOKENS, clock);
    this.#limited = tokensPerMinute !== undefined;
  }

  /** Sessions that run. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Whether forgetting it would change nothing. */
  get idle(): boolean {
    return this.#sessions === 0 && [this.connects, this.#requests, this.#tokens].every((bucket) => bucket === null || bucket.level >= bucket.capacity);
  }

  /** A session begins; the returned function ends it. */
  open(): () => void {
    this.#sessions++;
    let open = true;
    return () => {
      if (open) this.#sessions--;
      open = false;
    };
  }

  /** A response is asked for. Returns why it must fail, or null, and then counts it. */
  request(model: string): WireError | null {
    if (this.#limited && this.#tokens.level < 1) return exceeded(model, "tokens per min (TPM)", this.#tokens, 1);
    if (this.#requests !== null && this.#requests.level < 1) return exceeded(model, "requests per min (RPM)", this.#requests, 1);
    this.#requests?.take(1);
    return null;
  }

  /** A response has used `tokens`. */
  use(tokens: number): void {
    this.#tokens.take(tokens);
  }

  /** What `rate_limits.updated` reports: tokens, as the service does, and requests where they are limited. */
  report(): RateLimit[] {
    const buckets: [string, Bucket | null][] = [
      ["requests", this.#requests],
      ["tokens", this.#tokens],
    ];
    return buckets.flatMap(([name, bucket]) => {
      if (bucket === null) return [];
      return [
        {
          name: name as "tokens",
          limit: bucket.capacity,
          remaining: Math.max(0, Math.floor(bucket.level)),
          reset_seconds: bucket.secondsUntil(bucket.capacity),
        },
      ];
    });
  }
}

/** Knows the account of each key. */
export class LimitBook {
  readonly #limits: KeyLimits;
  readonly #clock: EmulatorClock;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: KeyLimits, clock: EmulatorClock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The account of `owner`, a key, or null for those without one. Where nothing is limited, each session has an account of its own, so that it stands alone. */
  account(owner: string | null): Account {
    if (Object.keys(this.#limits).length === 0) return new Account(this.#limits, this.#clock);
    const name = owner ?? "";
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    if (this.#accounts.size >= MANY_ACCOUNTS) for (const [other, { idle }] of this.#accounts) if (idle) this.#accounts.delete(other);
    const account = new Account(this.#limits, this.#clock);
    this.#accounts.set(name, account);
    return account;
  }

  /** A WebSocket connects with a key of `owner`. @throws {HttpError} 429 when it is one too many in a minute. */
  connect(owner: string | null): void {
    const { connects } = this.account(owner);
    if (connects === null) return;
    if (connects.level >= 1) connects.take(1);
    else {
      const message = `Rate limit reached for connections: at most ${connects.capacity} per minute. Please try again in ${connects.secondsUntil(1).toFixed(3)}s.`;
      throw tooMany(message, "requests", { "retry-after": String(Math.ceil(connects.secondsUntil(1))) });
    }
  }

  /** Whether `owner` may have one session more. Counts nothing. @throws {HttpError} 429 when not. */
  admitSession(owner: string | null): void {
    const { sessionsPerKey } = this.#limits;
    if (sessionsPerKey === undefined || this.account(owner).sessions < sessionsPerKey) return;
    throw tooMany(`Too many concurrent sessions: at most ${sessionsPerKey} for one key. Please end one first.`, "sessions", {});
  }
}

function tooMany(message: string, type: string, headers: Record<string, string>): HttpError {
  return new HttpError(429, new WireError(message, { code: "rate_limit_exceeded", type }), headers);
}

function exceeded(model: string, what: string, bucket: Bucket, requested: number): WireError {
  const used = Math.round(bucket.capacity - bucket.level);
  const message = `Rate limit reached for ${model} on ${what}: Limit ${bucket.capacity}, Used ${used}, Requested ${requested}. Please try again in ${bucket.secondsUntil(1).toFixed(3)}s.`;
  return new WireError(message, { code: "rate_limit_exceeded" });
}
