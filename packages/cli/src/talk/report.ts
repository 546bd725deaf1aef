/** The figures of a conversation, gathered in one plain object; `--json` prints it as it is, the summary is made from it. */
import type { EngineStats } from "sidetone/node";
import { findSpeech } from "./speech-extent.ts";
import type { SpeechFile } from "./speech-file.ts";
import type { TalkOutcome, TalkResult, TimedInterruption } from "./talk-session.ts";

/** One message of the conversation. Times are ms, positions ms from the start of the stream. */
export interface ReportItem {
  readonly id: string;
  readonly role: "user" | "assistant" | "system";
  readonly text: string;
  readonly status: "active" | "done" | "interrupted";
  /** What the user said, or what was heard of the reply; null for items without sound. */
  readonly audioMs: number | null;
  /** First audible sample of a reply; null for other items. */
  readonly startMs: number | null;
}

/** Everything about one conversation. */
export interface Report {
  readonly outcome: TalkOutcome;
  readonly service: { readonly kind: "emulator" | "openai" | "url"; readonly url: string; readonly model: string; readonly voice: string | null };
  readonly input: {
    readonly file: string;
    readonly rateHz: number;
    readonly channels: number;
    readonly encoding: string;
    readonly durationMs: number;
    /** End of the last 10 ms of the file that are speech by energy; null for silence. */
    readonly speechEndMs: number | null;
  };
  readonly items: readonly ReportItem[];
  /** From the end of speech to the first audible sample of the first reply that began after it; null when there was none. */
  readonly latencyMs: number | null;
  readonly interruptions: readonly TimedInterruption[];
  /** Whether an interruption was asked for and the reply was over before it was due. */
  readonly interruptMissed: boolean;
  readonly underruns: number;
  readonly underrunMs: number;
  readonly truncations: number;
  readonly output: { readonly file: string | null; readonly rateHz: number; readonly durationMs: number };
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The engine's own counters and gauges. */
  readonly stats: EngineStats | null;
}

/** What a report needs beside the result. */
export interface ReportContext {
  readonly speech: SpeechFile;
  readonly service: Report["service"];
  readonly outFile: string | null;
  /** ms; undefined when no interruption was asked for. */
  readonly interruptAtMs: number | undefined;
}

/** Gathers the figures. */
export function makeReport(result: TalkResult, { speech, service, outFile, interruptAtMs }: ReportContext): Report {
  const { tape, stats } = result;
  const spans = new Map(tape.spans.map((span) => [span.itemId, span]));
  const items = result.conversation.map(({ id, role, text, status, heardMs }) => {
    const said = result.turns.speech.get(id);
    const span = spans.get(id);
    const saidMs = said === undefined || said.endMs === null ? null : said.endMs - said.startMs;
    return { id, role, text, status, audioMs: role === "user" ? saidMs : (heardMs ?? span?.heardMs ?? null), startMs: rounded(span?.startMs ?? null) };
  });
  const speechEndMs = findSpeech(speech.samples, speech.rate)?.endMs ?? null;
  const reply = tape.spans.find(({ startMs }) => speechEndMs !== null && startMs >= speechEndMs);
  const failure = explainOutcome(result);
  return {
    outcome: result.outcome,
    service,
    input: {
      file: speech.path,
      rateHz: speech.rate,
      channels: speech.channels,
      encoding: speech.encoding,
      durationMs: rounded(speech.durationMs) as number,
      speechEndMs: rounded(speechEndMs),
    },
    items,
    latencyMs: reply === undefined || speechEndMs === null ? null : rounded(reply.startMs - speechEndMs),
    interruptions: result.interruptions,
    interruptMissed: interruptAtMs !== undefined && result.outcome === "replied" && !result.interruptions.some(({ reason }) => reason === "interrupt"),
    underruns: stats?.underruns ?? 0,
    underrunMs: rounded(stats?.underrunMs ?? 0) as number,
    truncations: stats?.truncations ?? 0,
    output: { file: outFile, rateHz: tape.rate, durationMs: rounded(tape.durationMs) as number },
    warnings: result.warnings,
    error: failure,
    stats,
  };
}

function explainOutcome({ outcome, error, turns }: TalkResult): Report["error"] {
  switch (outcome) {
    case "replied":
      return null;
    case "stopped":
      return { code: "stopped", message: "Stopped before the conversation was over." };
    case "failed":
      return { code: error?.code ?? "internal", message: error?.message ?? "The session failed." };
    case "no-speech":
      return { code: "no-speech", message: "The server heard no speech in the file; check that somebody speaks in it, loud enough." };
    case "no-reply":
      return {
        code: "no-reply",
        message: `The server heard the speech but spoke no reply${turns.failure === null ? "" : ` (its response failed: ${turns.failure})`}; try again.`,
      };
    case "timeout":
      return { code: "timeout", message: "The server did not answer in time; try again, or give it longer with --timeout." };
  }
}

/** To a tenth of a millisecond. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
