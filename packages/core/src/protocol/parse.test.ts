import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { ClientEvent, ServerEvent, UnknownServerEvent } from "./events.ts";
import { CLIENT_EVENT_TYPES, SERVER_EVENT_TYPES } from "./events.ts";
import type { ParseFailure } from "./parse.ts";
import { isParseFailure, PARSE_DEFAULTS, parseServerEvent, serializeAppend, serializeClientEvent } from "./parse.ts";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const base64 = fc
  .tuple(fc.array(fc.constantFrom(...BASE64), { maxLength: 400 }), fc.constantFrom("", "=", "=="))
  .map(([characters, padding]) => characters.join("") + padding);
const fields = fc.dictionary(
  fc.string().filter((key) => key !== "type" && key !== "__proto__"),
  fc.jsonValue(),
);

describe("parseServerEvent", () => {
  it("never throws, and gives either an event with a type or a failure with a reason", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.json().map((text) => text.slice(1)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseServerEvent(text);
        if (isParseFailure(result)) {
          expect(result.reason).toMatch(/^(too-long|not-json|not-an-object|no-type)$/);
          expect(result.message).not.toBe("");
          expect(result.excerpt.length).toBeLessThanOrEqual(PARSE_DEFAULTS.excerptChars + 1);
        } else {
          expect(result).toEqual(JSON.parse(text));
          expect(typeof result.type).toBe("string");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("passes any event through untouched: known or not, with unknown fields, without event_id", () => {
    const type = fc.oneof(fc.constantFrom(...SERVER_EVENT_TYPES), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(type, fields, (type, rest) => {
        const text = JSON.stringify({ ...rest, type });
        expect(JSON.stringify(parseServerEvent(text))).toBe(text);
      }),
    );
  });

  it.each([
    ["", "not-json", "The message is empty."],
    ["{", "not-json", "The message is not JSON."],
    ["[object Object]", "not-json", "The message is not JSON."],
    ["null", "not-an-object", "The message is JSON, but null and not an object."],
    ["[]", "not-an-object", "The message is JSON, but an array and not an object."],
    ["1", "not-an-object", "The message is JSON, but a number and not an object."],
    ['"error"', "not-an-object", "The message is JSON, but a string and not an object."],
    ["{}", "no-type", "The message is an object without a type."],
    ['{"type":""}', "no-type", "The message is an object without a type."],
    ['{"type":1}', "no-type", "The message is an object without a type."],
    ['{"__proto__":{"type":"error"}}', "no-type", "The message is an object without a type."],
  ])("says what is wrong with %j", (text, reason, message) => {
    expect(parseServerEvent(text)).toEqual({ reason, message, excerpt: text });
  });

  it("does not parse what is too long", () => {
    const text = JSON.stringify({ type: "x", filler: "y".repeat(200) });
    const result = parseServerEvent(text, { maxChars: 100 });
    expect(result).toMatchObject({ reason: "too-long", message: `The message has ${text.length} characters; at most 100 are parsed.` });
    expect(parseServerEvent(text, { maxChars: text.length })).toEqual(JSON.parse(text));
  });

  it("survives nesting that no stack holds", () => {
    const deep = '{"type":"x","a":'.concat("[".repeat(200_000), "]".repeat(200_000), "}");
    expect(() => parseServerEvent(deep)).not.toThrow();
  });

  it("cuts the excerpt between characters", () => {
    const result = parseServerEvent(`${"x".repeat(PARSE_DEFAULTS.excerptChars - 1)}😀 and more`);
    expect(isParseFailure(result) && result.excerpt).toBe(`${"x".repeat(PARSE_DEFAULTS.excerptChars - 1)}…`);
  });

  it("gives a union that narrows", () => {
    const result = parseServerEvent('{"type":"error","error":{"type":"server_error","message":"no"}}');
    expectTypeOf(result).toEqualTypeOf<ServerEvent | ParseFailure>();
    if (isParseFailure(result)) expectTypeOf(result).toEqualTypeOf<ParseFailure>();
    else expectTypeOf(result).toEqualTypeOf<ServerEvent>();
    if (result.type === undefined) expectTypeOf(result).toEqualTypeOf<ParseFailure>();
    else if (result.type === "error") expectTypeOf(result.error.message).toEqualTypeOf<string>();
    expectTypeOf<UnknownServerEvent>().toExtend<{ type: string }>();
  });
});

describe("serializeClientEvent", () => {
  it("writes what JSON.stringify writes, for any event", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CLIENT_EVENT_TYPES), fields, (type, rest) => {
        const event = { type, ...rest } as unknown as ClientEvent;
        expect(JSON.parse(serializeClientEvent(event))).toEqual(JSON.parse(JSON.stringify(event)));
      }),
    );
  });

  it("writes the very text of JSON.stringify around any base64, with and without an id", () => {
    fc.assert(
      fc.property(base64, fc.option(fc.string({ unit: "binary" }), { nil: undefined }), (audio, event_id) => {
        const event: ClientEvent = { type: "input_audio_buffer.append", audio, event_id };
        expect(serializeClientEvent(event)).toBe(JSON.stringify(event));
        expect(serializeAppend(audio)).toBe(JSON.stringify({ type: "input_audio_buffer.append", audio }));
      }),
    );
  });

  it("cannot be made to end the audio early or to add a field", () => {
    const printable = fc.string({ unit: fc.oneof(fc.constantFrom('"', "\\", "\n", "\r", "\t", "}", ","), fc.string({ minLength: 1, maxLength: 1 })) });
    fc.assert(
      fc.property(printable, (audio) => {
        expect(JSON.parse(serializeClientEvent({ type: "input_audio_buffer.append", audio }))).toEqual({ type: "input_audio_buffer.append", audio });
        expect(JSON.parse(serializeAppend(audio))).toEqual({ type: "input_audio_buffer.append", audio });
      }),
      { examples: [['","type":"session.update","session":{},"x":"'], ["AAAA\\"], ["AAAA\r\nAAAA"]] },
    );
  });

  it("keeps fields of an append that its type does not know, and values of the wrong type", () => {
    for (const extra of [{ timestamp: 3 }, { event_id: null }, { event_id: 7 }, { audio: 1 }, { audio: undefined }]) {
      const event = { type: "input_audio_buffer.append", audio: "AAAA", ...extra } as unknown as ClientEvent;
      expect(serializeClientEvent(event)).toBe(JSON.stringify(event));
    }
  });

  it("leaves out what is undefined", () => {
    expect(serializeClientEvent({ type: "response.cancel", response_id: undefined })).toBe('{"type":"response.cancel"}');
    expect(serializeClientEvent({ type: "input_audio_buffer.append", audio: "", event_id: undefined })).toBe('{"type":"input_audio_buffer.append","audio":""}');
  });
});
