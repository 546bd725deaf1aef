/**
 * Ways to spoil a log: drop, repeat, move and change entries. They return a new log and leave the given one alone; naming an entry that is not there is a mistake of the
 * test and throws.
 */
import type { LogEntry } from "../src/index.ts";
import type { Event } from "./wire-client.ts";

/** A log. */
export type Log = readonly LogEntry[];

/** Spoils a log. */
export type Mutation = (log: Log) => Log;

/** Which entry: its type, and which of that type, from 0, or from -1 backwards. */
export type Place = string | readonly [type: string, nth: number];

/** The position of an entry. Client events are named with `in:` before their type. */
export function find(log: Log, place: Place): number {
  const [name, nth] = typeof place === "string" ? [place, 0] : place;
  const direction = name.startsWith("in:") ? "in" : "out";
  const type = name.replace(/^in:/, "");
  const all = log.flatMap((entry, i) => (entry.type === type && entry.direction === direction ? [i] : []));
  const at = all.at(nth);
  if (at === undefined) throw new Error(`There is no ${name} number ${nth}; there are ${[...new Set(log.map((entry) => entry.type))].join(", ")}.`);
  return at;
}

/** Without that entry. */
export const drop =
  (place: Place): Mutation =>
  (log) =>
    log.filter((_, i) => i !== find(log, place));

/** Without all entries of a type. */
export const dropAll =
  (name: string): Mutation =>
  (log) => {
    find(log, name);
    return log.filter(({ type, direction }) => !(type === name.replace(/^in:/, "") && direction === (name.startsWith("in:") ? "in" : "out")));
  };

/** With that entry twice, the second with an event_id of its own. */
export const repeat =
  (place: Place): Mutation =>
  (log) => {
    const at = find(log, place);
    const copy = structuredClone(log[at]) as LogEntry;
    (copy.event as Event).event_id = "event_000000000000000000000";
    return [...log.slice(0, at + 1), copy, ...log.slice(at + 1)];
  };

/** With an entry moved to directly before or after another. */
export const move =
  (place: Place, side: "before" | "after", other: Place): Mutation =>
  (log) => {
    const moved = log[find(log, place)] as LogEntry;
    const target = log[find(log, other)] as LogEntry;
    const rest = log.filter((entry) => entry !== moved);
    const at = rest.indexOf(target) + (side === "after" ? 1 : 0);
    return [...rest.slice(0, at), { ...moved, atMs: target.atMs }, ...rest.slice(at)];
  };

/** With another value at a path such as `item.content.0.transcript` of an event, or with a function of the value there; undefined takes the member away. */
export const set =
  (place: Place, path: string, value: unknown): Mutation =>
  (log) => {
    const at = find(log, place);
    const entry = structuredClone(log[at]) as LogEntry;
    const names = path.split(".");
    const last = names.pop() as string;
    const owner = names.reduce((inner, name) => inner[name], entry.event as Event);
    const next = typeof value === "function" ? value(owner[last]) : value;
    if (next === undefined) delete owner[last];
    else owner[last] = next;
    return log.with(at, last === "type" && names.length === 0 ? { ...entry, type: next as string } : entry);
  };

/** With another number of audio bytes in that entry. */
export const setBytes =
  (place: Place, change: (bytes: number) => number): Mutation =>
  (log) => {
    const at = find(log, place);
    const entry = log[at] as LogEntry;
    return log.with(at, { ...entry, audioBytes: change(entry.audioBytes) });
  };

/** With a server event put in after another. */
export const insert =
  (place: Place, event: object): Mutation =>
  (log) => {
    const at = find(log, place);
    const { sessionId, atMs } = log[at] as LogEntry;
    const whole = { event_id: `event_${String(at).padStart(21, "i")}`, ...event } as Event;
    return [...log.slice(0, at + 1), { atMs, sessionId, direction: "out", type: whole.type, event: whole, audioBytes: 0 }, ...log.slice(at + 1)];
  };

/** Only up to, and with, that entry. */
export const until =
  (place: Place): Mutation =>
  (log) =>
    log.slice(0, find(log, place) + 1);

/** One after another. */
export const all =
  (...mutations: Mutation[]): Mutation =>
  (log) =>
    mutations.reduce((spoiled, mutation) => mutation(spoiled), log);

/** The event of an entry. */
export function eventAt(log: Log, place: Place): Event {
  return log[find(log, place)]?.event;
}

/**
 * What the same session would look like in a WebRTC call: audio on a track, an output buffer that starts after the first words and stops at the end of each response.
 * With `interrupted`, the one that the user interrupts is cleared and truncated instead.
 */
export const asCall =
  (interrupted: "interrupted" | "played"): Mutation =>
  (log) => {
    const out: LogEntry[] = [];
    const playing = new Map<string, string>();
    const make = (like: LogEntry, event: Event): void => {
      const whole = { event_id: `event_${String(out.length).padStart(21, "c")}`, ...event };
      out.push({ ...like, direction: "out", type: whole.type, event: whole, audioBytes: 0 });
    };
    let ended: string | null = null;
    let cut: string | null = null;
    for (const entry of log) {
      const event = entry.event as Event;
      if (entry.type === "input_audio_buffer.append" || entry.type === "response.output_audio.delta") continue;
      if (entry.type === "conversation.item.truncate" || entry.type === "conversation.item.truncated") continue;
      out.push(entry);
      if (entry.type === "response.output_audio_transcript.delta" && !playing.has(event.response_id)) {
        playing.set(event.response_id, event.item_id);
        make(entry, { type: "output_audio_buffer.started", response_id: event.response_id });
      }
      if (entry.type === "input_audio_buffer.speech_started" && interrupted === "interrupted" && playing.size > 0 && cut === null) {
        cut = [...playing.keys()].at(-1) as string;
        make(entry, { type: "output_audio_buffer.cleared", response_id: cut });
      }
      if (entry.type === "response.done") ended = event.response.id;
      if (entry.type !== "rate_limits.updated" || ended === null || !playing.has(ended)) continue;
      if (ended === cut) make(entry, { type: "conversation.item.truncated", item_id: playing.get(ended), content_index: 0, audio_end_ms: 120 });
      else make(entry, { type: "output_audio_buffer.stopped", response_id: ended });
    }
    return out;
  };
