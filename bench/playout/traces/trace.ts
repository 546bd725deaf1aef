/**
 * An arrival trace: when which part of a reply's audio reached the client. It says nothing of what the audio is.
 *
 * As text: a head of `# key: value` lines, then one token per arrival, `atMs[:frames[@startFrame]]`; frames that equal the last ones, and a start that follows on them, are
 * left out. Times are ms from the first arrival, to a tenth. Text and object say the same: `parseTrace(formatTrace(trace))` equals `trace`.
 */

/** How a server delivers: ahead of time, just in time, too slowly, or in packets that may be lost. */
export type TraceClass = "burst" | "paced" | "slow" | "rtp";

/** Recorded over kernel TCP; computed by a model of a link; or a schedule written down as it is. */
export type TraceOrigin = "measured-tcp" | "model" | "synthetic";

/** A piece of the reply's audio that arrived. */
export interface Arrival {
  /** ms since the first arrival. */
  readonly atMs: number;
  /** Media frame of the reply at which the piece begins. */
  readonly startFrame: number;
  readonly frames: number;
}

/** A reply's arrivals. */
export interface Trace {
  readonly id: string;
  readonly title: string;
  readonly class: TraceClass;
  readonly origin: TraceOrigin;
  /** Frames per second of the media, in Hz. */
  readonly rate: number;
  /** Length of the whole reply. */
  readonly mediaFrames: number;
  /** In the order of arrival. */
  readonly arrivals: readonly Arrival[];
  /** When the client learns that nothing follows. */
  readonly doneAtMs: number;
  /** Where it comes from. */
  readonly note: string;
}

const TOKENS_PER_LINE = 16;

/** A tenth of a ms is finer than any quantum, and keeps the files small. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** A trace as text. */
export function formatTrace(trace: Trace): string {
  const { arrivals, class: kind, ...head } = trace;
  const lines = Object.entries({ "sidetone-trace": 1, id: head.id, title: head.title, class: kind, origin: head.origin, rate: head.rate })
    .concat(Object.entries({ mediaFrames: head.mediaFrames, doneAtMs: head.doneAtMs, note: head.note }))
    .map(([key, value]) => `# ${key}: ${value}`);
  let frames = -1;
  let next = 0;
  const tokens = arrivals.map((arrival) => {
    const follows = arrival.startFrame === next;
    const token = follows && arrival.frames === frames ? `${arrival.atMs}` : `${arrival.atMs}:${arrival.frames}${follows ? "" : `@${arrival.startFrame}`}`;
    frames = arrival.frames;
    next = arrival.startFrame + arrival.frames;
    return token;
  });
  for (let i = 0; i < tokens.length; i += TOKENS_PER_LINE) lines.push(tokens.slice(i, i + TOKENS_PER_LINE).join(" "));
  return `${lines.join("\n")}\n`;
}

/** Reads what {@link formatTrace} wrote. @throws {Error} when it is no trace, or one that cannot be. */
export function parseTrace(text: string): Trace {
  const head = new Map<string, string>();
  const tokens: string[] = [];
  for (const line of text.split("\n")) {
    const field = /^# ([\w-]+): (.*)$/.exec(line);
    if (field) head.set(field[1], field[2]);
    else tokens.push(...line.split(" ").filter((token) => token !== ""));
  }
  const of = (key: string): string => {
    const value = head.get(key);
    if (value === undefined) throw new Error(`The trace ${head.get("id") ?? ""} has no line "# ${key}: …".`);
    return value;
  };
  if (of("sidetone-trace") !== "1") throw new Error(`The trace ${of("id")} is of version ${of("sidetone-trace")}; 1 can be read.`);
  let frames = 0;
  let next = 0;
  const arrivals = tokens.map((token): Arrival => {
    const parts = /^(\d+(?:\.\d)?)(?::(\d+)(?:@(\d+))?)?$/.exec(token);
    if (!parts) throw new Error(`The trace ${of("id")} has an arrival "${token}"; it must look like 40.5:960@0.`);
    frames = parts[2] === undefined ? frames : Number(parts[2]);
    const startFrame = parts[3] === undefined ? next : Number(parts[3]);
    next = startFrame + frames;
    return { atMs: Number(parts[1]), startFrame, frames };
  });
  return {
    id: of("id"),
    title: of("title"),
    class: of("class") as TraceClass,
    origin: of("origin") as TraceOrigin,
    rate: Number(of("rate")),
    mediaFrames: Number(of("mediaFrames")),
    arrivals,
    doneAtMs: Number(of("doneAtMs")),
    note: of("note"),
  };
}

/** Frames of the holes in a trace that never arrive, without the first `headMs` of each. */
export function lostBeyond(trace: Trace, headMs: number): number {
  const head = (headMs * trace.rate) / 1000;
  let lost = 0;
  let end = 0;
  for (const { startFrame, frames } of [...trace.arrivals].sort((a, b) => a.startFrame - b.startFrame)) {
    lost += Math.max(0, startFrame - end - head);
    end = Math.max(end, startFrame + frames);
  }
  return lost + Math.max(0, trace.mediaFrames - end - head);
}

/** Media frames of a trace that never arrive. */
export function lostFrames(trace: Trace): number {
  return trace.mediaFrames - trace.arrivals.reduce((sum, { frames }) => sum + frames, 0);
}
