/**
 * `JSON.parse` for events whose bulk is one long string: the envelope around the payload is parsed, the payload is not.
 *
 * Any thread; no state. An audio delta is 200 characters of JSON around thousands of base64. Parsing it whole copies the payload into a new string that is
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
/** The payload's key is looked for in so much of the beginning, in UTF-16 units; servers put less than 300 before it. */
const HEAD_CHARS = 1024;
const KEY = '"delta"';
/** The one event whose payload nobody but a base64 decoder reads. */
const AUDIO_DELTA = "response.output_audio.delta";

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COLON = 58;

/**
 * What `JSON.parse(text)` gives, or its SyntaxError; several times faster for a `response.output_audio.delta`.
 *
 * One text is judged otherwise: a control character other than tab, line feed and carriage return within the payload, which JSON forbids, is found by the base64
 * decoder instead. A search for all of them would cost as much as `JSON.parse` does.
 */
export function parseEnvelope(text: string): unknown {
  return parseAudioDelta(text) ?? JSON.parse(text);
}

/** The event in `text` when it is certain to be an audio delta, else undefined. */
function parseAudioDelta(text: string): object | undefined {
  if (text.length < LEAST_CHARS) return undefined;
  const keyAt = text.slice(0, HEAD_CHARS).indexOf(KEY);
  if (keyAt === -1) return undefined;
  const colonAt = skipSpace(text, keyAt + KEY.length);
  if (text.charCodeAt(colonAt) !== COLON) return undefined;
  const quoteAt = skipSpace(text, colonAt + 1);
  if (text.charCodeAt(quoteAt) !== QUOTE) return undefined;
  const from = quoteAt + 1;
  const to = text.indexOf('"', from);
  if (to === -1) return undefined;
  if (text.includes("\\") || text.includes(KEY, to)) return undefined;
  const payload = text.slice(from, to);
  if (payload.includes("\n") || payload.includes("\r") || payload.includes("\t")) return undefined;
  let event: { type?: unknown; delta?: unknown };
  try {
    event = JSON.parse(text.slice(0, from) + text.slice(to));
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null || !Object.hasOwn(event, "delta") || event.type !== AUDIO_DELTA) return undefined;
  event.delta = payload;
  return event;
}

/** The first place from `at` on that holds no white space (RFC 8259, section 2). */
function skipSpace(text: string, at: number): number {
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== LINE_FEED && code !== RETURN && code !== TAB) return at;
  }
}
