/**
 * A bare client for the emulator's own tests: sends what it is told, keeps what comes, waits for events instead of for time.
 */
import { readFileSync } from "node:fs";
import { encodeBase64, Resampler, readWav } from "@sidetone/core/dsp";
import { WebSocket } from "ws";

/** A server event, loosely typed: tests look at fields that may be missing. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into events of every shape
export type Event = any;

/** How a connection ended. */
export interface Ending {
  code: number;
  reason: string;
}

/** A WebSocket client that records events. */
export class WireClient {
  readonly events: Event[] = [];
  readonly ended: Promise<Ending>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, options: { model?: string | null; protocols?: string[]; headers?: Record<string, string> } = {}) {
    const { model = "gpt-realtime-2.1", protocols = [], headers } = options;
    this.#socket = new WebSocket(model === null ? url : `${url}?model=${model}`, protocols, { headers });
    this.#socket.on("message", (data: Buffer) => {
      this.events.push(JSON.parse(data.toString("utf8")));
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.#socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
    this.#socket.on("error", () => {});
    this.ended.then(() => this.#wake());
  }

  /** Resolves when the connection is open. */
  async opened(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) await new Promise((resolve) => this.#socket.once("open", resolve));
  }

  /** The HTTP refusal of a connection that is not accepted. */
  refused(): Promise<{ status: number | undefined; error: Event }> {
    return new Promise((resolve) => {
      this.#socket.on("unexpected-response", (_, response) => {
        let body = "";
        response.on("data", (part) => (body += part)).on("end", () => resolve({ status: response.statusCode, error: JSON.parse(body).error }));
      });
    });
  }

  /** The subprotocol that the server chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Types of the events so far; runs of one type are shortened to one. */
  get types(): string[] {
    return this.events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  }

  /** Sends an event, or any text as it is. */
  send(event: object | string): void {
    this.#socket.send(typeof event === "string" ? event : JSON.stringify(event));
  }

  /** Sends bytes as a binary message. */
  sendBinary(bytes: Uint8Array): void {
    this.#socket.send(bytes, { binary: true });
  }

  /** Appends audio in pieces of `chunkBytes` (default: 100 ms of PCM16 at 24 kHz), as fast as they go. */
  append(bytes: Uint8Array, chunkBytes = 4800): void {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      this.send({ type: "input_audio_buffer.append", audio: encodeBase64(bytes.subarray(at, at + chunkBytes)) });
    }
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  async next(type: string, count = 1): Promise<Event> {
    for (;;) {
      const found = this.events.filter((event) => event.type === type)[count - 1];
      if (found) return found;
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`Closed while waiting for ${type}; got ${this.types.join(", ")}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends an event and waits for the error it causes. */
  async fails(event: object | string): Promise<Event> {
    const before = this.all("error").length;
    this.send(event);
    return (await this.next("error", before + 1)).error;
  }

  /** All events of `type` so far. */
  all(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Closes the connection. */
  close(): Promise<Ending> {
    this.#socket.close();
    return this.ended;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A speech fixture as 16-bit samples at `rate` Hz. */
export function speech(name: "speech-a" | "speech-b", rate: number): Int16Array {
  const wav = readWav(readFileSync(new URL(`../../../test/fixtures/${name}.wav`, import.meta.url)));
  const input = wav.samples;
  const resampler = new Resampler(wav.rate, rate);
  const output = new Float32Array(resampler.maxOutputFrames(input.length) + resampler.tailFrames);
  let frames = resampler.process(input, output);
  frames += resampler.flush(output.subarray(frames));
  return Int16Array.from(output.subarray(0, frames), (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
}

/** Samples as little-endian bytes, with `silenceMs` of silence behind them. */
export function pcmBytes(samples: Int16Array, silenceMs = 0, rate = 24000): Uint8Array {
  const all = new Int16Array(samples.length + Math.round((silenceMs * rate) / 1000));
  all.set(samples);
  return new Uint8Array(all.buffer);
}

/** Decodes the audio of all deltas. */
export function deltaBytes(events: Event[]): Uint8Array {
  return Buffer.concat(events.filter((event) => event.type === "response.output_audio.delta").map((event) => Buffer.from(event.delta, "base64")));
}
