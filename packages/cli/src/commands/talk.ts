/** `sidetone talk`: a conversation from a WAV file, heard as a WAV file. */
import { writeWav } from "@sidetone/core/dsp";
import { SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { createEmulator, type Emulator } from "@sidetone/emulator";
import { webSocket } from "sidetone/websocket";
import type { Args, Command } from "../args.ts";
import { CliError, EXIT_FAILED, EXIT_STOPPED, explain, usageError } from "../failure.ts";
import { type Io, styleFor } from "../io.ts";
import { isHeaderSafe, isLoopback, openAiBaseUrl, openAiKey, realtimeUrl } from "../keys.ts";
import { OutputFile } from "../talk/output-file.ts";
import { ProgressDisplay } from "../talk/progress-display.ts";
import { makeReport, type Report } from "../talk/report.ts";
import { readSpeech } from "../talk/speech-file.ts";
import { summarize } from "../talk/summary.ts";
import { talk as hold, TALK_DEFAULTS } from "../talk/talk-session.ts";
import { choice, duration, nonEmpty, VOICES, webSocketUrl } from "../values.ts";

const HOUR_MS = 3_600_000;
/** Model of the real service that writes down what the user said. */
const TRANSCRIPTION = { model: "gpt-4o-mini-transcribe" } as const;

/** The command. */
export const talk: Command = {
  name: "talk",
  operands: "<speech.wav>",
  operandCount: 1,
  summary: "Say a recording to a realtime model and keep the reply, as it would have been heard.",
  flags: {
    out: { value: "<reply.wav>", help: "Where the reply goes: mono PCM16 at 24 kHz, silence included, from the start of the stream. Default: nowhere." },
    url: { value: "<url>", help: "Talk to this server (ws: or wss:). Default: an emulator inside this process." },
    openai: { help: "Talk to the real service with OPENAI_API_KEY; OPENAI_BASE_URL names another address." },
    model: { value: "<name>", help: `Model to ask for. Default: ${SESSION_DEFAULTS.model}.` },
    "api-key": { value: "<key>", help: "Key for --url or --openai. Default: OPENAI_API_KEY, which nothing else in this command uses." },
    voice: { value: "<voice>", help: "What the emulator answers: echo (the same words) or tone. Default: echo." },
    "playout-log": { value: "<file>", help: "Where a log of playback goes that `sidetone replay` plays again. Default: nowhere." },
    "interrupt-at": { value: "<time>", help: "Interrupt the first reply once it has been heard this long (2s, 1500ms). Default: never." },
    timeout: { value: "<time>", help: `Longest wait for the server when nothing is heard, 1s to 60m. Default: ${TALK_DEFAULTS.timeoutMs / 1000}s.` },
    json: { help: "Print one JSON document instead of the summary." },
  },
  details:
    "The file may have 8 to 192 kHz, PCM of 16, 24 or 32 bits, 32-bit float or G.711, any number of channels (they are mixed to one).\n" +
    "It is sent at the pace of real time; then silence, until the reply was heard and nothing went on for a second. Latency counts from the\n" +
    "last 10 ms of the file that are no more than 30 dB below its loudest, to the first audible sample of the reply. --interrupt-at counts\n" +
    "from the reply's first audible sample and acts at the next step of 20 ms. Progress goes to stderr. Exit codes: 0 a reply was heard,\n" +
    "1 not, 2 the command line is wrong, 130 Ctrl-C (what was heard until then is written).",
  run: runTalk,
};

async function runTalk(args: Args, io: Io): Promise<number> {
  try {
    return await converse(args, io);
  } catch (error) {
    if (args.has("json")) {
      const { code, sentence } = explain(error);
      io.stdout.write(`${JSON.stringify({ outcome: "failed", error: { code, message: sentence } }, null, 2)}\n`);
    }
    throw error;
  }
}

async function converse(args: Args, io: Io): Promise<number> {
  const path = args.operands[0] as string;
  const settings = readSettings(args, io);
  if (typeof WebSocket === "undefined")
    throw new CliError("node-too-old", `This is Node ${process.versions.node}, which has no WebSocket; talk needs Node 22 or newer.`);
  const speech = await readSpeech(path);
  const display = new ProgressDisplay(io.stderr, io.stderr.isTTY && !io.env.CI ? "live" : "plain");
  let out: OutputFile | null = null;
  let logFile: OutputFile | null = null;
  let emulator: Emulator | null = null;
  try {
    out = settings.outPath === undefined ? null : await OutputFile.open("out", settings.outPath, path);
    logFile = settings.playoutLogPath === undefined ? null : await OutputFile.open("playout-log", settings.playoutLogPath, path, out);
    emulator = settings.url === null ? await createEmulator({ voice: settings.voice }) : null;
    const url = settings.url ?? (emulator as Emulator).url;
    const { model, apiKey, timeoutMs, interruptAtMs } = settings;
    const result = await hold({
      samples: speech.samples,
      rate: speech.rate,
      transport: webSocket({
        url,
        ...(model === undefined ? {} : { model }),
        ...(apiKey === null ? {} : { apiKey }),
        connectTimeoutMs: Math.min(timeoutMs, TALK_DEFAULTS.answerMs),
      }),
      session: { audio: { input: { transcription: TRANSCRIPTION } } },
      timeoutMs,
      ...(interruptAtMs === undefined ? {} : { interruptAtMs }),
      ...(logFile === null ? {} : { playout: { log: "inputs" } }),
      signal: io.signal,
      onProgress: (progress) => display.show(progress),
    });
    display.end();
    const kept = result.tape.durationMs > 0 ? out : null;
    await kept?.write(writeWav({ rate: result.tape.rate, samples: result.tape.samples() }));
    if (result.playoutLog.length > 0) await logFile?.write(new TextEncoder().encode(`${result.playoutLog.join("\n")}\n`));
    const service = {
      kind: settings.kind,
      url,
      model: model ?? new URL(url).searchParams.get("model") ?? SESSION_DEFAULTS.model,
      voice: emulator ? settings.voice : null,
    };
    const report = makeReport(result, { speech, service, outFile: kept?.path ?? null, interruptAtMs });
    return tell(report, args, io);
  } finally {
    display.end();
    await emulator?.close();
    await out?.discard();
    await logFile?.discard();
  }
}

function tell(report: Report, args: Args, io: Io): number {
  io.stdout.write(args.has("json") ? `${JSON.stringify(report, null, 2)}\n` : summarize(report, styleFor(io.stdout, io.env)));
  if (report.error === null) return 0;
  io.stderr.write(`${report.error.message}\n`);
  return report.outcome === "stopped" ? EXIT_STOPPED : EXIT_FAILED;
}

interface Settings {
  readonly kind: Report["service"]["kind"];
  /** Null for the emulator inside. */
  readonly url: string | null;
  readonly apiKey: string | null;
  readonly model: string | undefined;
  readonly voice: (typeof VOICES)[number];
  readonly outPath: string | undefined;
  readonly playoutLogPath: string | undefined;
  readonly timeoutMs: number;
  readonly interruptAtMs: number | undefined;
}

function readSettings(args: Args, io: Io): Settings {
  const given = {
    url: args.text("url"),
    model: args.text("model"),
    out: args.text("out"),
    log: args.text("playout-log"),
    interrupt: args.text("interrupt-at"),
    voice: args.text("voice"),
  };
  const openai = args.has("openai");
  if (openai && given.url !== undefined) throw usageError("--url and --openai name two servers; give one of them.");
  const kind = openai ? "openai" : given.url === undefined ? "emulator" : "url";
  if (kind !== "emulator" && given.voice !== undefined) throw usageError(`--voice is the emulator's; leave it out with --${kind}.`);
  const url = openai ? realtimeUrl(openAiBaseUrl(io.env)) : given.url === undefined ? null : webSocketUrl("url", given.url);
  return {
    kind,
    url,
    apiKey: url === null ? null : chooseKey(args.text("api-key"), url, kind, io),
    model: given.model === undefined ? undefined : nonEmpty("model", given.model),
    voice: choice("voice", given.voice ?? "echo", VOICES),
    outPath: given.out === undefined ? undefined : nonEmpty("out", given.out),
    playoutLogPath: given.log === undefined ? undefined : nonEmpty("playout-log", given.log),
    timeoutMs: duration("timeout", args.text("timeout") ?? `${TALK_DEFAULTS.timeoutMs}ms`, 1000, HOUR_MS),
    interruptAtMs: given.interrupt === undefined ? undefined : duration("interrupt-at", given.interrupt, 0, HOUR_MS),
  };
}

function chooseKey(given: string | undefined, url: string, kind: Settings["kind"], io: Io): string | null {
  if (given !== undefined) {
    if (!isHeaderSafe(given)) throw usageError("--api-key is empty or has characters that no key has.");
    return given;
  }
  const key = openAiKey(io.env);
  if (key === null && kind === "openai") throw usageError("--openai needs a key: set OPENAI_API_KEY, or give --api-key.");
  const { protocol, hostname } = new URL(url);
  if (key !== null && protocol === "ws:" && !isLoopback(hostname)) {
    throw usageError(`OPENAI_API_KEY would go to ${hostname} unencrypted; use a wss: URL, or give --api-key for this server.`);
  }
  return key;
}
