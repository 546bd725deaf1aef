/** Progress of long work: one line that counts the seconds on a terminal, one plain line per step when piped. */

const FRAME_MS = 250;

/** Seconds with one decimal, or minutes. */
export function duration(ms) {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Starts a step; `note(text)` shows a detail on a terminal, `end(text)` leaves one finished line. */
export function startStep(label, stream = process.stderr) {
  const started = performance.now();
  const live = stream.isTTY && !process.env.CI;
  let detail = "";
  const draw = () => {
    const line = `${label} … ${duration(performance.now() - started)}${detail ? `  ${detail}` : ""}`;
    stream.write(`\r\x1b[2K${line.slice(0, (stream.columns || 80) - 1)}`);
  };
  let timer;
  if (live) {
    draw();
    timer = setInterval(draw, FRAME_MS);
  } else {
    stream.write(`${label} …\n`);
  }
  return {
    note(text) {
      const line = text.trim().split("\n").at(-1);
      if (!line.startsWith("npm warn")) detail = line;
    },
    end(text) {
      clearInterval(timer);
      stream.write(`${live ? "\r\x1b[2K" : ""}${text ?? `${label}: done`} (${duration(performance.now() - started)})\n`);
    },
  };
}
