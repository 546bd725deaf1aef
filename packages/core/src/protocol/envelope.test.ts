import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnvelopeReader, parseEnvelope } from "./envelope.ts";

const PAYLOAD = "UklGRg+/".repeat(300);
const DELTA = "response.output_audio.delta";

/** What `parse` makes of `text`, comparable: the keys in order, and `__proto__` as any other, or the kind of failure. */
function outcome(parse: (text: string) => unknown, text: string): string {
  try {
    return JSON.stringify(parse(text));
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return "not JSON";
  }
}

function expectSame(text: string): void {
  expect(outcome(parseEnvelope, text)).toBe(outcome(JSON.parse, text));
}

/** White space as RFC 8259 allows it, and now and then as it does not. */
const space = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom("\u00a0", "\ufeff", "\f", "\v") },
);

/** `text` as a JSON string, some characters escaped that need not be. */
function quoted(text: string, escapeEvery: number): string {
  const plain = JSON.stringify(text);
  if (escapeEvery === 0 || plain.includes("\\")) return plain;
  const units = Array.from({ length: text.length }, (_, i) =>
    i % escapeEvery === 0 ? `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}` : text.charAt(i),
  );
  return `"${units.join("")}"`;
}

/** Texts that look like the key and the payload, and are not. */
const lookAlike = fc.constantFrom(
  '"delta":"AAAA"',
  '\\"delta\\":\\"',
  'x","delta":"AAAA',
  '"delta"',
  "delta",
  "\\",
  '{"type":"response.output_audio.delta"}',
  "\u2028é😀",
  "\ud800",
);
const anyText = fc.oneof(lookAlike, fc.string(), fc.string({ unit: "binary" }));

const payload = fc.oneof(
  { weight: 6, arbitrary: fc.nat(8).map((cut) => PAYLOAD.slice(cut)) },
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: fc.tuple(fc.nat(2400), lookAlike).map(([at, odd]) => PAYLOAD.slice(0, at) + odd + PAYLOAD.slice(at)) },
);

const escapeEvery = fc.constantFrom(0, 0, 0, 0, 1, 7);

/** A field's value, as JSON. */
const value = fc.oneof(
  fc.tuple(anyText, escapeEvery).map(([text, every]) => quoted(text, every)),
  fc.json(),
  payload.map((text) => `{"delta":${JSON.stringify(text)}}`),
  payload.map((text) => `[{"type":"${DELTA}","delta":${JSON.stringify(text)}}]`),
  fc.constantFrom('{"x" : "delta" }', '["delta"]', "1e5", "-0", "null", "true", "tru", "01", "'x'"),
);

const key = fc.oneof(
  fc.constantFrom("event_id", "response_id", "item_id", "output_index", "content_index", "__proto__", "toString", "2", "1"),
  lookAlike,
  fc.string({ maxLength: 6 }),
);
/**
 * Fields of different names. Of names beyond Latin-1 that come twice, V8 itself keeps now the first and now the last value, for the same text; names that matter
 * come twice below.
 */
const others = fc
  .uniqueArray(fc.tuple(key, escapeEvery, value), { selector: ([text]) => text, maxLength: 5 })
  .map((fields) => fields.map(([text, every, json]): [string, string] => [quoted(text, every), json]));
const typeField = fc
  .tuple(fc.constantFrom("type", "type", "type", "typ"), fc.constantFrom(DELTA, DELTA, DELTA, "response.output_text.delta", ""), escapeEvery)
  .map(([text, type, every]): [string, string] => [quoted(text, 0), quoted(type, every)]);
const deltaField = fc.tuple(escapeEvery, payload, escapeEvery).map(([a, text, b]): [string, string] => [quoted("delta", a), quoted(text, b)]);

/** The fields in any order, with white space anywhere; a key may come twice. */
const wire = fc
  .tuple(
    fc.tuple(typeField, deltaField, others, fc.array(fc.oneof(deltaField, typeField), { maxLength: 1 })),
    fc.array(space, { minLength: 6, maxLength: 6 }),
    fc.nat(),
  )
  .map(([[type, delta, rest, more], gaps, seed]) => {
    const fields = [type, delta, ...rest, ...(seed % 3 === 0 ? more : [])];
    // Any order that the seed picks.
    for (let i = fields.length - 1, s = seed; i > 0; i--, s = (s * 7 + 3) >>> 1) {
      const j = s % (i + 1);
      [fields[i], fields[j]] = [fields[j] as [string, string], fields[i] as [string, string]];
    }
    const [a, b, c, d, e, f] = gaps;
    return `${a}{${b}${fields.map(([k, v]) => `${k}${c}:${d}${v}${e}`).join(`,${f}`)}}${a}`;
  });

describe("parseEnvelope", () => {
  it("gives what JSON.parse gives: any field order, escapes, white space, duplicate and nested keys, texts that look alike", () => {
    fc.assert(fc.property(wire, expectSame), { numRuns: 4000 });
  });

  it("judges damaged texts as JSON.parse does", () => {
    const hit = fc.constantFrom('"', "\\", "{", "}", ":", ",", "\n", "\t", "\r", "x", '"delta"', "");
    fc.assert(
      fc.property(wire, fc.nat(), fc.nat(3), hit, (text, where, length, put) => {
        const at = where % (text.length + 1);
        expectSame(text.slice(0, at) + put + text.slice(at + length));
      }),
      { numRuns: 4000 },
    );
  });

  const body = `"event_id":"event_1","response_id":"r","item_id":"i","output_index":0,"content_index":0`;

  it.each([
    ["as the server sends it", `{"type":"${DELTA}",${body},"delta":"${PAYLOAD}"}`],
    ["with the payload first", `{"delta":"${PAYLOAD}","type":"${DELTA}",${body}}`],
    ["with spaces", `{ "type" : "${DELTA}" , ${body} , "delta" :\n"${PAYLOAD}" }`],
    ["with fields that nobody knows", `{"type":"${DELTA}",${body},"delta":"${PAYLOAD}","x":{"y":["é😀"]}}`],
  ])("cuts the payload out of a delta %s", (_, text) => {
    // Proof that the fast way was taken: a control character that JSON.parse refuses passes.
    expect(parseEnvelope(text.replace("UklG", "Ukl\0"))).toMatchObject({ type: DELTA, delta: PAYLOAD.replace("UklG", "Ukl\0") });
    expectSame(text);
  });

  it.each([
    ["the payload comes twice", `{"type":"${DELTA}","delta":"${PAYLOAD}","delta":"AAAA"}`],
    ["the second one is escaped", `{"type":"${DELTA}","delta":"${PAYLOAD}","\\u0064elta":"AAAA"}`],
    ["the payload is another event's", `{"type":"${DELTA}","inner":{"delta":"${PAYLOAD}"}}`],
    ["only the inner key is plain", `{"type":"${DELTA}","inner":{"delta":"${PAYLOAD}"},"\\u0064elta":""}`],
    ["the key is within a string", `{"type":"${DELTA}","x":"\\"delta\\":\\"${PAYLOAD}","delta":"AAAA"}`],
    ["the key is a value", `{"type":"${DELTA}","x":"delta","y":"${PAYLOAD}","delta":"AAAA"}`],
    ["the payload has an escape", `{"type":"${DELTA}","delta":"\\u0041${PAYLOAD}"}`],
    ["slashes are escaped", `{"type":"${DELTA}","delta":"${PAYLOAD.replaceAll("/", "\\/")}"}`],
    ["the payload is broken into lines", `{"type":"${DELTA}","delta":"${PAYLOAD}\n${PAYLOAD}"}`],
    ["the payload has no end", `{"type":"${DELTA}","delta":"${PAYLOAD}`],
    ["a number", `{"type":"${DELTA}","delta":1,"x":"${PAYLOAD}"}`],
    ["an array", `[{"type":"${DELTA}","delta":"${PAYLOAD}"}]`],
    ["a prototype", `{"__proto__":{"type":"${DELTA}","delta":"${PAYLOAD}"}}`],
    ["another event", `{"type":"response.output_text.delta","delta":"${PAYLOAD}\0"}`],
    ["a key far down", `{"type":"${DELTA}","x":"${PAYLOAD}","delta":"${PAYLOAD}"}`],
  ])("leaves it to JSON.parse when %s", (_, text) => {
    expectSame(text);
  });
});

describe("EnvelopeReader", () => {
  const ids = fc.oneof(
    { weight: 6, arbitrary: fc.stringMatching(/^event_[A-Za-z0-9]{21}$/) },
    { weight: 3, arbitrary: anyText },
    { weight: 1, arbitrary: fc.constantFrom("", "x".repeat(600), "\u0000", "a\tb", "\u2028é😀") },
  );
  /** A delta whose id and payload stand in it as they are, escaped or not. */
  const raw = (body: string, id: string, audio: string) => body.replace("ID", () => id).replace("AUDIO", () => audio);
  const bodies = fc.constantFrom(
    `{"type":"${DELTA}","event_id":"ID","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"AUDIO"}`,
    `{"event_id":"ID","type":"${DELTA}","delta":"AUDIO","item_id":"i"}`,
    `{ "type" : "${DELTA}" ,\n"event_id"\t: "ID" , "delta": "AUDIO" , "x" : null }\n`,
    `{"type":"${DELTA}","delta":"AUDIO","event_id":"ID"}`,
    `{"type":"${DELTA}","event_id":"ID","x":{"y":[1]},"delta":"AUDIO"}`,
    `{"type":"${DELTA}","x":{"event_id":"ID"},"delta":"AUDIO"}`,
    `{"type":"${DELTA}","x":{"event_id":"ID"},"event_id":"e","delta":"AUDIO"}`,
    `{"type":"${DELTA}","x":"event_id","event_id":"ID","delta":"AUDIO"}`,
    `{"type":"${DELTA}","event_id":"ID","\\u0065vent_id":"e","delta":"AUDIO"}`,
    `{"type":"${DELTA}","event_id":"ID","delta":"AUDIO","__proto__":1}`,
    `{"type":"response.output_text.delta","event_id":"ID","delta":"AUDIO"}`,
  );
  const escaped = fc.tuple(ids, escapeEvery).map(([id, every]) => quoted(id, every).slice(1, -1));
  const message = fc.tuple(fc.oneof(escaped, ids), fc.oneof(payload, fc.string({ maxLength: 600 })), fc.constantFrom("", "", "", "}", " ", '"'));

  it("gives what JSON.parse gives for one message after another: alike, nearly alike, damaged, or of another kind", () => {
    fc.assert(
      fc.property(
        fc.array(bodies, { minLength: 1, maxLength: 2 }),
        fc.array(fc.tuple(message, fc.nat(9)), { minLength: 2, maxLength: 6 }),
        wire,
        (shapes, messages, other) => {
          const reader = new EnvelopeReader();
          for (const [[id, audio, more], pick] of messages) {
            const text = pick === 9 ? other : raw(shapes[pick % shapes.length] as string, id, audio) + more;
            // A control character in a long payload is left to the base64 decoder, as parseEnvelope's comment says.
            if (hasOddControls(audio) || hasOddControls(text)) continue;
            expect(outcome((t) => reader.parse(t), text)).toBe(outcome(JSON.parse, text));
          }
        },
      ),
      { numRuns: 4000 },
    );
  });

  it("takes the fast way for deltas that are alike, of any length, and gives each event values of its own", () => {
    const reader = new EnvelopeReader();
    const body = `{"type":"${DELTA}","event_id":"ID","item_id":"i","content_index":0,"delta":"AUDIO"}`;
    reader.parse(raw(body, "event_1", PAYLOAD));
    const short = PAYLOAD.slice(0, 800);
    // Proof that the fast way was taken: a control character that JSON.parse refuses passes, in a text that parseEnvelope would not cut.
    expect(reader.parse(raw(body, "event_2", `\0${short}`))).toEqual({ type: DELTA, event_id: "event_2", item_id: "i", content_index: 0, delta: `\0${short}` });
    const first = reader.parse(raw(body, "event_3", PAYLOAD)) as { item_id: string };
    first.item_id = "changed";
    expect(reader.parse(raw(body, "event_4", PAYLOAD))).toEqual(JSON.parse(raw(body, "event_4", PAYLOAD)));
    expect(() => reader.parse(raw(body, "event\0", PAYLOAD))).toThrow(SyntaxError);
  });

  it.each(["\n", "\r", "\t", '"', '","x":"', "\\n"])("leaves a payload with %j in it to JSON.parse", (odd) => {
    const reader = new EnvelopeReader();
    const body = `{"type":"${DELTA}","event_id":"ID","delta":"AUDIO"}`;
    reader.parse(raw(body, "event_1", PAYLOAD));
    const text = raw(body, "event_2", PAYLOAD + odd + PAYLOAD);
    expect(outcome((t) => reader.parse(t), text)).toBe(outcome(JSON.parse, text));
  });

  it.each([
    `{"type":"${DELTA}","event_id":"ID","event_id":"e","delta":"AUDIO"}`,
    `{"type":"${DELTA}","event_id":"ID","delta":"AUDIO","event_id":"e"}`,
    `{"type":"${DELTA}","x":"event_id","event_id":"ID","delta":"AUDIO"}`,
  ])("puts no id where another one counts: %s", (body) => {
    const reader = new EnvelopeReader();
    for (const id of ["event_1", "event_2", "event_3"]) expect(reader.parse(raw(body, id, PAYLOAD))).toEqual(JSON.parse(raw(body, id, PAYLOAD)));
  });

  it.each([
    // The end of what surrounds a payload begins with the quotation mark that the payload begins with.
    [
      "a payload that never began",
      `{"type":"${DELTA}","event_id":"ID","x":"${"x".repeat(500)}","delta":"AUDIO"}`,
      PAYLOAD,
      (text: string) => text.replace(PAYLOAD, "").replace('""', '"'),
    ],
    // The surroundings come to an end before the id does.
    [
      "an id after no payload, twice",
      `{"type":"${DELTA}","x":"${"x".repeat(500)}","delta":"AUDIO","event_id":"ID"}`,
      "",
      (text: string) => text.replace(/}$/, ',"event_id":"e"}'),
    ],
  ])("is not taken in by %s", (_, body, audio, change) => {
    const reader = new EnvelopeReader();
    reader.parse(raw(body, "e", audio));
    const text = change(raw(body, "event_2", audio));
    expect(text.length).toBeGreaterThan(512);
    expect(outcome((t) => reader.parse(t), text)).toBe(outcome(JSON.parse, text));
  });

  it("shares no nested value between events", () => {
    const reader = new EnvelopeReader();
    const text = raw(`{"type":"${DELTA}","event_id":"ID","x":{"y":1},"delta":"AUDIO"}`, "e", PAYLOAD);
    expect((reader.parse(text) as { x: object }).x).not.toBe((reader.parse(text) as { x: object }).x);
  });
});

/** Control characters other than those that JSON counts as white space. */
function hasOddControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32 && !"\t\n\r".includes(text.charAt(i))) return true;
  return false;
}
