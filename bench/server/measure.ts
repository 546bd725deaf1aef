/** Runs the emulator and its clients in processes of their own, and makes figures of what they tell. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EmulatorOptions } from "@sidetone/emulator";
import { WebSocket } from "ws";
import { quantile } from "../measure/statistics.ts";
import type { HostOrders, HostReport } from "./host.ts";
import type { TalkOrders, TalkReport } from "./talker.ts";

/** Percentiles of a time, in ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
  readonly count: number;
}

/** What many sessions at once are like. */
export interface LoadFigures {
  readonly sessions: number;
  readonly seconds: number;
  readonly replies: number;
  readonly errors: readonly string[];
  /** How late audio deltas came. */
  readonly deltaLateMs: Percentiles;
  /** From the packet that ends a turn to `speech_stopped`. */
  readonly stopAfterMs: Percentiles;
  /** How late the clients themselves were. */
  readonly sendLateMs: Percentiles;
  /** CPU time of the emulator for a second of one session, in ms. */
  readonly cpuMsPerSessionSecond: number;
  readonly rssBytes: number;
}

/** Heap after so many sessions. */
export interface MemoryPoint {
  readonly sessions: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** `sessions` users talk for `seconds`. */
export async function measureLoad(sessions: number, seconds: number, options: EmulatorOptions): Promise<LoadFigures> {
  const host = await startHost(options);
  try {
    const before = await ask(host);
    const talker = start("./talker.ts");
    const orders: TalkOrders = { url: before.url, sessions, seconds, firstAudioDelayMs: before.firstAudioDelayMs, speedUp: before.speedUp };
    talker.send(orders);
    const report = (await next(talker)) as TalkReport;
    const after = await ask(host);
    return {
      sessions,
      seconds,
      replies: report.replies,
      errors: [...new Set(report.errors)],
      deltaLateMs: percentiles(report.deltaLateMs),
      stopAfterMs: percentiles(report.stopAfterMs),
      sendLateMs: percentiles(report.sendLateMs),
      cpuMsPerSessionSecond: (after.cpuMs - before.cpuMs) / (sessions * seconds),
      rssBytes: after.rssBytes,
    };
  } finally {
    host.disconnect();
  }
}

/** `total` short sessions, one after the other a few at a time; the heap at `points` moments on the way. */
export async function measureMemory(total: number, points: number, options: EmulatorOptions): Promise<MemoryPoint[]> {
  const host = await startHost(options);
  try {
    const { url } = await ask(host);
    const figures: MemoryPoint[] = [];
    const each = Math.ceil(total / points);
    for (let done = 0; done < total; done += each) {
      for (let i = 0; i < each; i += 20) await Promise.all(Array.from({ length: Math.min(20, each - i) }, () => shortSession(url)));
      const { heapBytes, rssBytes } = await ask(host);
      figures.push({ sessions: done + each, heapBytes, rssBytes });
    }
    return figures;
  } finally {
    host.disconnect();
  }
}

/** A message, half a second of audio, a spoken answer, the end. */
async function shortSession(url: string): Promise<void> {
  const socket = new WebSocket(`${url}?model=gpt-realtime-2.1`, { perMessageDeflate: false });
  await once(socket, "open");
  const audio = Buffer.alloc(24_000).toString("base64");
  socket.send(JSON.stringify({ type: "input_audio_buffer.append", audio }));
  socket.send(JSON.stringify({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] } }));
  socket.send(JSON.stringify({ type: "response.create" }));
  await new Promise<void>((resolve, reject) => {
    socket.on("message", (data: Buffer) => data.includes('"response.done"') && resolve());
    socket.on("close", () => reject(new Error("The emulator closed a session too early.")));
  });
  socket.removeAllListeners("close");
  socket.close();
  await once(socket, "close");
}

async function startHost(options: EmulatorOptions): Promise<ChildProcess> {
  const host = start("./host.ts");
  const orders: HostOrders = { options };
  host.send(orders);
  await next(host);
  return host;
}

async function ask(host: ChildProcess): Promise<HostReport> {
  host.send("report");
  return (await next(host)) as HostReport;
}

function start(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: [...process.execArgv, "--expose-gc"] });
}

async function next(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`A process of the benchmark ended with ${code}.`))),
  ]);
  return message;
}

function percentiles(values: number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => quantile(sorted, q);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: sorted.at(-1) ?? Number.NaN, count: sorted.length };
}
