/** Progress of a conversation: one line that moves on a terminal; when piped, a line for each change and now and then one more. */
import type { Output } from "../io.ts";
import type { TalkPhase, TalkProgress } from "./talk-session.ts";

/** ms between redraws on a terminal, and between lines without news elsewhere. */
const REDRAW_MS = 80;
const REPEAT_MS = 10_000;
const METER_CHARS = 12;
/** Left end of the meters, in dBFS. */
const METER_FLOOR_DB = -48;

const WORDS: Readonly<Record<TalkPhase, string>> = { connecting: "connecting", talking: "talking", waiting: "waiting", listening: "listening" };

/** Shows progress on an output. */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #live: boolean;
  #phase: TalkPhase | null = null;
  #shownMs = Number.NEGATIVE_INFINITY;

  /** `live` draws one line again and again; otherwise lines are written once. */
  constructor(output: Output, style: "live" | "plain") {
    this.#output = output;
    this.#live = style === "live";
  }

  /** Shows `progress` if it is time to. */
  show(progress: TalkProgress): void {
    const { phase, elapsedMs } = progress;
    const news = phase !== this.#phase;
    if (!news && elapsedMs - this.#shownMs < (this.#live ? REDRAW_MS : REPEAT_MS)) return;
    this.#phase = phase;
    this.#shownMs = elapsedMs;
    if (this.#live) this.#output.write(`\r\x1b[2K${liveLine(progress).slice(0, (this.#output.columns || 80) - 1)}`);
    else this.#output.write(`${plainLine(progress)}\n`);
  }

  /** Leaves a clean line. */
  end(): void {
    if (this.#live && this.#phase !== null) this.#output.write("\r\x1b[2K");
    this.#phase = null;
  }
}

/** The moving line: state, elapsed and total, both levels. */
export function liveLine({ phase, elapsedMs, speechMs, inputRms, outputRms }: TalkProgress): string {
  if (phase === "connecting") return "connecting …";
  const total = elapsedMs <= speechMs ? ` / ${seconds(speechMs)}` : "";
  return `${WORDS[phase].padEnd(9)}  you ${meter(inputRms)}  reply ${meter(outputRms)}  ${seconds(elapsedMs)}${total} s`;
}

function plainLine({ phase, elapsedMs, speechMs }: TalkProgress): string {
  const detail = phase === "talking" ? ` (${seconds(speechMs)} s of speech)` : phase === "waiting" ? " for the reply" : "";
  return `${seconds(elapsedMs).padStart(6)} s  ${WORDS[phase]}${detail}`;
}

function meter(rms: number): string {
  const filled = Math.round((1 - (20 * Math.log10(Math.max(rms, 1e-6))) / METER_FLOOR_DB) * METER_CHARS);
  const length = Math.min(METER_CHARS, Math.max(0, filled));
  return "█".repeat(length) + "·".repeat(METER_CHARS - length);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
