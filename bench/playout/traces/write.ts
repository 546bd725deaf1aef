/** Writes the computed traces to `data/`: `node bench/playout/traces/write.ts`. The recorded ones are made by `record-tcp.py`. */
import { writeFileSync } from "node:fs";
import { generateTraces } from "./generate.ts";
import { TRACE_FOLDER } from "./load.ts";
import { formatTrace } from "./trace.ts";

for (const trace of generateTraces()) writeFileSync(new URL(`${trace.id}.trace`, TRACE_FOLDER), formatTrace(trace));
