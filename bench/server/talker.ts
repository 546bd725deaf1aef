/**
 * The clients, in a process of their own: each sends 20 ms packets in real time, speech and pauses in turn, and writes down when what comes came. What is sent was encoded before
 * the clock started, so that this process has time to look at it.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { WebSocket } from "ws";
import { speechAt24k } from "./material.ts";
import { ReplySchedule } from "./schedule.ts";

/** What the clients are told. */
export interface TalkOrders {
  readonly url: string;
  readonly sessions: number;
  readonly seconds: number;
  readonly firstAudioDelayMs: number;
  readonly speedUp: number;
}

/** What they found. */
export interface TalkReport {
  /** How late each audio delta came, in ms. */
  readonly deltaLateMs: number[];
  /** From the packet that ends a turn to `speech_stopped`, in ms. */
  readonly stopAfterMs: number[];
  /** Turns that were answered, over all sessions. */
  readonly replies: number;
  /** How late this process sent its own packets, in ms. */
  readonly sendLateMs: number[];
  readonly errors: string[];
}

const PACKET_MS = 20;
const PAUSE_MS = 3000;

/** One user: the same speech over and over, with pauses in which the answer comes. */
class Talker {
  readonly #socket: WebSocket;
  readonly #packets: readonly string[];
  readonly #report: TalkReport;
  readonly #schedule: ReplySchedule;
  readonly #startMs: number;
  #sent = 0;
  #at = 0;
  /** When each packet of the last while was sent, by its number. */
  readonly #sentAtMs = new Map<number, number>();

  constructor(orders: TalkOrders, packets: readonly string[], startMs: number, report: TalkReport) {
    this.#packets = packets;
    this.#report = report;
    this.#startMs = startMs;
    this.#schedule = new ReplySchedule(orders);
    this.#socket = new WebSocket(`${orders.url}?model=gpt-realtime-2.1`, { perMessageDeflate: false });
    this.#socket.on("message", (data: Buffer) => this.#hear(data));
    this.#socket.on("error", (error) => report.errors.push(error.message));
  }

  /** Sends what is due. */
  tick(nowMs: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    while (this.#startMs + this.#sent * PACKET_MS <= nowMs) {
      this.#report.sendLateMs.push(nowMs - (this.#startMs + this.#sent * PACKET_MS));
      this.#socket.send(this.#packets[this.#at] as string);
      this.#sentAtMs.set(this.#sent, nowMs);
      this.#sentAtMs.delete(this.#sent - 500);
      this.#sent++;
      this.#at = (this.#at + 1) % this.#packets.length;
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #hear(data: Buffer): void {
    const nowMs = performance.now();
    const event = JSON.parse(data.toString("utf8")) as { type: string; delta?: string; audio_end_ms?: number; error?: { message: string } };
    if (event.type === "response.created") this.#schedule.created(nowMs);
    if (event.type === "response.done") (this.#report as { replies: number }).replies++;
    if (event.type === "error") this.#report.errors.push(event.error?.message ?? "an error without a message");
    if (event.type === "response.output_audio.delta") this.#report.deltaLateMs.push(this.#schedule.delta(nowMs, ((event.delta?.length ?? 0) * 3) / 4 / 48));
    if (event.type === "input_audio_buffer.speech_stopped") {
      // The frame ended in the packet that holds its last sample.
      const sentMs = this.#sentAtMs.get(Math.ceil((event.audio_end_ms ?? 0) / PACKET_MS) - 1);
      if (sentMs !== undefined) this.#report.stopAfterMs.push(nowMs - sentMs);
    }
  }
}

async function talk(orders: TalkOrders): Promise<TalkReport> {
  const report: TalkReport = { deltaLateMs: [], stopAfterMs: [], replies: 0, sendLateMs: [], errors: [] };
  const packets = packetsOf(speechAt24k());
  const loopMs = packets.length * PACKET_MS;
  const originMs = performance.now() + 500;
  const talkers = Array.from({ length: orders.sessions }, (_, i) => new Talker(orders, packets, originMs + (loopMs * i) / orders.sessions, report));
  const endMs = originMs + orders.seconds * 1000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      for (const talker of talkers) talker.tick(nowMs);
      if (nowMs < endMs) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  for (const talker of talkers) talker.close();
  return report;
}

/** Speech and a pause, as messages ready to send. */
function packetsOf(speech: Int16Array): string[] {
  const frames = PACKET_MS * 24;
  const length = Math.ceil(speech.length / frames) * frames + PAUSE_MS * 24;
  const all = new Int16Array(length);
  all.set(speech);
  return Array.from({ length: length / frames }, (_, i) => {
    const bytes = new Uint8Array(all.buffer, i * frames * 2, frames * 2);
    return JSON.stringify({ type: "input_audio_buffer.append", audio: encodeBase64(bytes) });
  });
}

process.once("message", (orders: TalkOrders) => {
  talk(orders).then((report) => process.send?.(report, () => process.disconnect()));
});
