/** Whole messages: bytes to an append event's text, a delta event's text to samples. */
import { decodeBase64, encodeBase64 } from "@sidetone/core/dsp";
import { parseServerEvent, ServerEventReader, serializeAppend } from "@sidetone/core/protocol";
import { applyBase64, atobBytes, perByteBase64, spreadBase64, stringifiedAppend } from "../clients/text.ts";
import { type Contender, type Group, type Origin, right, type Verdict, wrong } from "../measure/contender.ts";
import { plainBase64, randomBytes } from "./base64.ts";

const SIZES = [960, 4800] as const;

type Append = (bytes: Uint8Array) => string;
type Delta = (text: string) => Uint8Array;

/** A delta event as a Realtime server writes it: the `index`th of a response, with an id of its own. */
export function deltaEvent(base64: string, index = 0): string {
  const id = ((index + 1) * 0x9e3779b1).toString(36).padStart(21, "CCXGRvJB9VlN1gLFrnOtK").slice(-21);
  return `{"type":"response.output_audio.delta","event_id":"event_${id}","response_id":"resp_CCXGRhPqqZ8EWQ8VnX3bI","item_id":"item_CCXGRp7mCvTLhTnGpA0Kz","output_index":0,"content_index":0,"delta":"${base64}"}`;
}

export function checkAppend(append: Append): Verdict {
  const bytes = randomBytes(961, 5);
  const event = JSON.parse(append(bytes)) as { type: string; audio: string };
  if (event.type !== "input_audio_buffer.append") return wrong(`the type is ${event.type}`);
  return event.audio === plainBase64(bytes) ? right("parses to the same audio") : wrong("the audio differs");
}

export function checkDelta(delta: Delta): Verdict {
  const bytes = randomBytes(960, 5);
  const decoded = delta(deltaEvent(plainBase64(bytes)));
  for (let i = 0; i < bytes.length; i++) if (decoded[i] !== bytes[i]) return wrong(`byte ${i} is ${decoded[i]}`);
  return right("all bytes equal");
}

function appender(size: number, id: string, label: string, origin: Origin, append: Append, unavailable?: () => string | undefined): Contender {
  return {
    id,
    label,
    origin,
    unavailable,
    create() {
      const inputs = Array.from({ length: 8 }, (_, i) => randomBytes(size, i + 1));
      let turn = 0;
      return {
        unitsPerCall: size,
        call() {
          const text = append(inputs[turn++ & 7]);
          // Looked at in the middle: a string that was only concatenated is put together now, as a socket would have to.
          return text.charCodeAt(text.length >> 1);
        },
        check: () => checkAppend(append),
      };
    },
  };
}

function reader(size: number, id: string, label: string, origin: Origin, read: Delta, unavailable?: () => string | undefined): Contender {
  return {
    id,
    label,
    origin,
    unavailable,
    create() {
      const inputs = Array.from({ length: 8 }, (_, i) => deltaEvent(plainBase64(randomBytes(size, i + 1)), i));
      let turn = 0;
      return { unitsPerCall: size, call: () => read(inputs[turn++ & 7])[size >> 1], check: () => checkDelta(read) };
    },
  };
}

const hasBuffer = () => (typeof Buffer === "function" ? undefined : "this runtime has no Buffer");
const parsedDelta = (text: string) => (JSON.parse(text) as { delta: string }).delta;

function appenders(size: number): Contender[] {
  return [
    appender(size, "sidetone", "sidetone encodeBase64 + serializeAppend", "sidetone", (bytes) => serializeAppend(encodeBase64(bytes))),
    appender(
      size,
      "buffer",
      "Buffer + JSON.stringify",
      "runtime",
      (bytes) => stringifiedAppend(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")),
      hasBuffer,
    ),
    appender(size, "openai-beta", "apply, btoa, JSON.stringify (openai beta, vercel)", "client", (bytes) => stringifiedAppend(applyBase64(bytes))),
    appender(size, "google", "per byte, btoa, JSON.stringify (google, cloudflare)", "client", (bytes) => stringifiedAppend(perByteBase64(bytes))),
    appender(size, "agents-js", "spread, btoa, JSON.stringify (agents-js, azure)", "client", (bytes) => stringifiedAppend(spreadBase64(bytes))),
  ];
}

function readers(size: number): Contender[] {
  const output = new Uint8Array(8192);
  // One for a connection, as the WebSocket transport has it.
  const events = new ServerEventReader();
  return [
    reader(size, "sidetone", "sidetone ServerEventReader + decodeBase64", "sidetone", (text) => {
      const event = events.read(text) as { delta: string };
      decodeBase64(event.delta, output);
      return output;
    }),
    reader(size, "sidetone-single", "sidetone parseServerEvent + decodeBase64", "sidetone", (text) => {
      const event = parseServerEvent(text) as { delta: string };
      decodeBase64(event.delta, output);
      return output;
    }),
    reader(size, "buffer", "JSON.parse + Buffer.from", "runtime", (text) => Buffer.from(parsedDelta(text), "base64"), hasBuffer),
    reader(size, "atob", "JSON.parse + atob loop (nearly every client)", "client", (text) => atobBytes(parsedDelta(text))),
  ];
}

export const messageGroups: readonly Group[] = SIZES.flatMap((size) => [
  {
    id: `messages/append-${size}`,
    suite: "messages" as const,
    title: `Append message from ${size} bytes of PCM16`,
    unit: "PCM byte",
    browser: size === 4800,
    fullOnly: size === 960,
    contenders: appenders(size),
  },
  {
    id: `messages/delta-${size}`,
    suite: "messages" as const,
    title: `Delta event to ${size} bytes of PCM16`,
    unit: "PCM byte",
    browser: size === 4800,
    fullOnly: size === 960,
    contenders: readers(size),
  },
]);
