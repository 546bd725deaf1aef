/** The committed traces. */
import { readdirSync, readFileSync } from "node:fs";
import { parseTrace, type Trace } from "./trace.ts";

/** Folder of the committed traces. */
export const TRACE_FOLDER = new URL("./data/", import.meta.url);

const CLASSES = ["burst", "paced", "slow", "rtp"];
const ORIGINS = ["synthetic", "model", "measured-tcp"];

/** Every committed trace, by class, then origin, then name. */
export function loadTraces(): Trace[] {
  const traces = readdirSync(TRACE_FOLDER)
    .filter((name) => name.endsWith(".trace"))
    .sort()
    .map((name) => parseTrace(readFileSync(new URL(name, TRACE_FOLDER), "utf8")));
  const rank = (trace: Trace) => CLASSES.indexOf(trace.class) * ORIGINS.length + ORIGINS.indexOf(trace.origin);
  return traces.sort((a, b) => rank(a) - rank(b));
}
