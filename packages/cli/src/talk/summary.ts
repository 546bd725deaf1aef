/** A report as text for people. */
import type { Style } from "../io.ts";
import type { Report, ReportItem } from "./report.ts";

const MAX_TEXT_CHARS = 70;

/** The summary, with a line end at its end. */
export function summarize(report: Report, style: Style): string {
  const { input, service, output } = report;
  const kind = input.channels === 1 ? "mono" : input.channels === 2 ? "stereo" : `${input.channels} channels`;
  const where = service.kind === "emulator" ? `the local emulator (${service.voice} voice)` : new URL(service.url).host;
  const lines = [
    `${style.bold(input.file)}  ${seconds(input.durationMs)}, ${input.rateHz / 1000} kHz ${input.encoding} ${kind}  ->  ${where}, ${service.model}`,
    "",
    ...(report.items.length === 0 ? ["  (nothing was said)"] : report.items.map((item) => itemLine(item, style))),
    "",
    ["Latency", latency(report)],
    ["Underruns", report.underruns === 0 ? "0" : style.red(`${report.underruns} (${seconds(report.underrunMs)} of silence inside the reply)`)],
    ["Truncations", truncations(report)],
    ["Duration", `${seconds(output.durationMs)} from the start of the stream`],
    ["Reply", output.file === null ? "not written; --out reply.wav keeps it" : `${output.file}, as heard: mono PCM16 at ${output.rateHz / 1000} kHz`],
  ].map((line) => (typeof line === "string" ? line : `${style.dim((line[0] as string).padEnd(12))} ${line[1]}`));
  if (report.interruptMissed) lines.push("The reply was over before the interruption was due.");
  for (const warning of report.warnings) lines.push(`Note: ${warning}`);
  return `${lines.join("\n")}\n`;
}

function itemLine({ role, status, audioMs, text }: ReportItem, style: Style): string {
  const clean = text.replace(/\p{Cc}/gu, " ");
  const words = clean === "" ? style.dim("(no transcript)") : clean.length > MAX_TEXT_CHARS ? `${clean.slice(0, MAX_TEXT_CHARS - 1)}…` : clean;
  return `  ${role.padEnd(9)}  ${status.padEnd(11)}  ${(audioMs === null ? "-" : seconds(audioMs)).padStart(8)}  ${words}`;
}

function latency({ latencyMs, input, items }: Report): string {
  if (latencyMs === null) return input.speechEndMs === null ? "none: the file is silent" : "none: no reply began after the end of speech";
  const start = items.find(({ startMs }) => startMs !== null && startMs >= (input.speechEndMs ?? 0))?.startMs;
  const from = `end of speech at ${seconds(input.speechEndMs ?? 0)}`;
  return `${Math.round(latencyMs)} ms (${from}, first sample heard at ${start === undefined || start === null ? "?" : seconds(start)})`;
}

function truncations({ truncations: count, interruptions }: Report): string {
  const cuts = interruptions.flatMap(({ items, atMs }) =>
    items.map(({ heardMs, totalMs }) => `heard ${heardMs} ms of ${totalMs} ms received, cut at ${seconds(atMs)}`),
  );
  return cuts.length === 0 ? String(count) : `${count} (${cuts.join("; ")})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
