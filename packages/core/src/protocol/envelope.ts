/**
 * `JSON.parse` for events whose bulk is one long string: the envelope around the payload is parsed, the payload is not.
 *
 * Any thread; no state but that of a reader. An audio delta is 200 characters of JSON around thousands of base64. Parsing it whole copies the payload into a new string that is
 * decoded once and thrown away; here the payload is cut out, the rest goes through `JSON.parse`, and the payload comes back as a slice of the text, which
 * engines keep as a reference. What `JSON.parse` makes of escapes, white space, duplicate keys, unknown fields and field order it makes here too, since it is
 * the one who reads them.
 *
 * Why the cut is sound (RFC 8259, sections 4 and 7): a text without a backslash has no escaped quotes, so its quotation marks alternate between opening
 * and closing, `"delta"` can be nothing but a whole string, and a string after it and a colon is its value. Taking characters other than quotation marks and
 * control characters out of a string neither makes nor breaks JSON. With `"delta"` standing there once, and an own property of that name at
 * the top, it can be no other property. Whatever is not so goes through `JSON.parse` as a whole.
 */

/** Shorter texts are parsed faster than they are cut, in UTF-16 units. */
const LEAST_CHARS = 2048;
/** Shorter texts are parsed as fast as they are compared. */
const LEAST_ALIKE_CHARS = 512;
/** The payload's key is looked for in so much of the beginning, in UTF-16 units; servers put less than 300 before it. */
const HEAD_CHARS = 1024;
const KEY = '"delta"';
const ID_KEY = '"event_id"';
/** Longest id that is looked through; the limit of ids is 512, and servers make them of less than 40. */
const MOST_ID_CHARS = 512;
/** The one event whose payload nobody but a base64 decoder reads. */
const AUDIO_DELTA = "response.output_audio.delta";

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;

/**
 * What `JSON.parse(text)` gives, or its SyntaxError; several times faster for a `response.output_audio.delta`.
 *
 * One text is judged otherwise: a control character other than tab, line feed and carriage return within the payload, which JSON forbids, is found by the base64
 * decoder instead. A search for all of them would cost as much as `JSON.parse` does.
 */
export function parseEnvelope(text: string): unknown {
  return parseAudioDelta(text) ?? JSON.parse(text);
}

/**
 * {@link parseEnvelope} for the messages of one connection: remembers what stood around the payload last. The audio deltas of one content part differ in their payload and their
 * `event_id` and in nothing else, so most are not parsed at all: what surrounds the two is compared, and the event is a copy of the last one with the two put in.
 *
 * Why that is sound: the remembered text has no backslash and holds `"event_id"` once, as a key with a string, so by the reasoning above the two gaps are the insides of two strings.
 * With anything else in there that ends no string and may stand in one, the text parses to the same but for these two values. Nested values are never remembered: each event has
 * to have its own.
 */
export class EnvelopeReader {
  #head = "";
  #middle = "";
  #tail = "";
  /** The last event, of plain values; null when there is none to compare with. */
  #event: AudioDelta | null = null;

  /** What `JSON.parse(text)` gives, or its SyntaxError; see {@link parseEnvelope}. */
  parse(text: string): unknown {
    if (text.length < LEAST_ALIKE_CHARS) return JSON.parse(text);
    return (this.#event && this.#alike(text, this.#event)) ?? this.#parse(text);
  }

  /** The event in `text` when it differs from `last` in payload and id only. */
  #alike(text: string, last: AudioDelta): AudioDelta | undefined {
    const idAt = this.#head.length;
    // Equality of slices is compared many characters at a time, `startsWith` one by one.
    if (text.slice(0, idAt) !== this.#head) return undefined;
    const idEnd = text.indexOf('"', idAt);
    const from = idEnd + this.#middle.length;
    if (text.slice(idEnd, from) !== this.#middle) return undefined;
    const to = text.length - this.#tail.length;
    if (to < from || !text.endsWith(this.#tail)) return undefined;
    const payload = text.slice(from, to);
    if (payload.includes('"') || payload.includes("\\") || hasBreaks(payload) || !isPlain(text, idAt, idEnd)) return undefined;
    // Through a short text of its own, since a slice would keep the whole message in memory for as long as anybody keeps the id.
    return { ...last, event_id: ` ${text.slice(idAt, idEnd)}`.slice(1), delta: payload };
  }

  #parse(text: string): unknown {
    const cut = cutAudioDelta(text);
    if (cut === undefined) return JSON.parse(text);
    this.#remember(cut);
    return cut.event;
  }

  #remember({ envelope, from, event }: Cut): void {
    this.#event = null;
    const keyAt = envelope.indexOf(ID_KEY);
    if (keyAt === -1 || keyAt > from || envelope.includes(ID_KEY, keyAt + 1) || !Object.hasOwn(event, "event_id")) return;
    const idAt = stringAfter(envelope, keyAt + ID_KEY.length);
    if (idAt === -1) return;
    for (const value of Object.values(event)) if (typeof value === "object" && value !== null) return;
    const idEnd = envelope.indexOf('"', idAt);
    this.#head = envelope.slice(0, idAt);
    this.#middle = envelope.slice(idEnd, from);
    this.#tail = envelope.slice(from);
    this.#event = { ...event, delta: "" };
  }
}

/** An audio delta as far as it is looked at here. */
interface AudioDelta {
  readonly type: string;
  event_id?: unknown;
  delta: string;
}

/** An audio delta taken apart: all around the payload, which stood at `from`, and the event. */
interface Cut {
  readonly envelope: string;
  readonly from: number;
  readonly event: AudioDelta;
}

/** The event in `text` when it is certain to be an audio delta, else undefined. */
function parseAudioDelta(text: string): object | undefined {
  return text.length < LEAST_CHARS ? undefined : cutAudioDelta(text)?.event;
}

function cutAudioDelta(text: string): Cut | undefined {
  const keyAt = text.slice(0, HEAD_CHARS).indexOf(KEY);
  if (keyAt === -1) return undefined;
  const from = stringAfter(text, keyAt + KEY.length);
  if (from === -1) return undefined;
  const to = text.indexOf('"', from);
  if (to === -1) return undefined;
  if (text.includes("\\") || text.includes(KEY, to)) return undefined;
  const payload = text.slice(from, to);
  if (hasBreaks(payload)) return undefined;
  const envelope = text.slice(0, from) + text.slice(to);
  let event: Partial<AudioDelta>;
  try {
    event = JSON.parse(envelope);
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null || !Object.hasOwn(event, "delta") || event.type !== AUDIO_DELTA) return undefined;
  event.delta = payload;
  return { envelope, from, event: event as AudioDelta };
}

function hasBreaks(payload: string): boolean {
  return payload.includes("\n") || payload.includes("\r") || payload.includes("\t");
}

/** Whether nothing from `from` to `to` is a backslash or a control character; the stretch is short, or else the answer is no. */
function isPlain(text: string, from: number, to: number): boolean {
  if (to - from > MOST_ID_CHARS) return false;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < SPACE || code === BACKSLASH) return false;
  }
  return true;
}

/** Where the inside of the string begins that follows a key, whose own end is at `at`; -1 when no string follows, or it was no key. */
function stringAfter(text: string, at: number): number {
  const colonAt = skipSpace(text, at);
  if (text.charCodeAt(colonAt) !== COLON) return -1;
  const quoteAt = skipSpace(text, colonAt + 1);
  return text.charCodeAt(quoteAt) === QUOTE ? quoteAt + 1 : -1;
}

/** The first place from `at` on that holds no white space (RFC 8259, section 2). */
function skipSpace(text: string, at: number): number {
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== LINE_FEED && code !== RETURN && code !== TAB) return at;
  }
}
