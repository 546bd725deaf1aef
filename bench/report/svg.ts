/** Hand-written SVG: panels, lines, bars. Colours follow the reader's light or dark setting. */

/** Escapes text for SVG. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const STYLE = `
  svg { --paper: #ffffff; --ink: #1c2330; --quiet: #5f6b7c; --grid: #e3e7ed; --own: #0b6bcb; --npm: #8a5a00; --client: #b3261e; --runtime: #54606f; --native: #5b4a9e; --alias: #c62828; --pass: #0b6bcb; --band: #f5f7fa; }
  @media (prefers-color-scheme: dark) { svg { --paper: #12161d; --ink: #e8ecf2; --quiet: #9aa7b8; --grid: #2a323d; --own: #6db3ff; --npm: #e0b050; --client: #ff8a80; --runtime: #a5b1c0; --native: #b9a8f5; --alias: #ff7b72; --pass: #6db3ff; --band: #181d26; } }
  text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 12px; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; } .quiet { fill: var(--quiet); font-size: 11px; } .strong { font-weight: 600; font-size: 13px; }
  .grid { stroke: var(--grid); stroke-width: 1; } .band { fill: var(--band); } .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
  .sidetone { fill: var(--own); stroke: var(--own); } .npm { fill: var(--npm); stroke: var(--npm); } .client { fill: var(--client); stroke: var(--client); }
  .runtime { fill: var(--runtime); stroke: var(--runtime); } .native { fill: var(--native); stroke: var(--native); }
  rect.bar { stroke: none; opacity: 0.85; } .whisker { stroke: var(--ink); stroke-width: 1.2; } .alias { stroke: var(--alias); } .pass { stroke: var(--pass); } .under { stroke: none; fill: var(--alias); opacity: 0.16; }`;

/** A whole picture. */
export function picture(width: number, height: number, title: string, subtitle: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<style>${STYLE}
</style>
<rect width="${width}" height="${height}" fill="var(--paper)"/>
${text(24, 32, title, "title")}
${text(24, 52, subtitle, "quiet")}
${body.join("\n")}
</svg>
`;
}

/** One line of text; `anchor` says which end of it stands at `x`. */
export function text(x: number, y: number, content: string, className = "", anchor: "start" | "middle" | "end" = "start"): string {
  return `<text x="${round(x)}" y="${round(y)}"${className ? ` class="${className}"` : ""}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escapeXml(content)}</text>`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${className}"/>`;
}

/** A filled box. */
export function box(x: number, y: number, width: number, height: number, className: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" class="${className}"/>`;
}

/** A line through points, in pixels. */
export function path(points: readonly (readonly [number, number])[], className: string): string {
  return `<path d="${points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("")}" class="line ${className}" style="fill:none"/>`;
}

/** The area between points and a floor. */
export function area(points: readonly (readonly [number, number])[], floor: number, className: string): string {
  if (points.length === 0) return "";
  const first = points[0][0];
  const last = points[points.length - 1][0];
  const upper = points.map(([x, y]) => `L${round(x)} ${round(y)}`).join("");
  return `<path d="M${round(first)} ${round(floor)}${upper}L${round(last)} ${round(floor)}Z" class="${className}"/>`;
}

/** Maps a range onto pixels. */
export function scale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const factor = (to[1] - to[0]) / (from[1] - from[0]);
  return (value) => to[0] + (Math.min(Math.max(value, Math.min(...from)), Math.max(...from)) - from[0]) * factor;
}

/** Maps a range onto pixels, logarithmically. */
export function logScale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const linear = scale([Math.log10(from[0]), Math.log10(from[1])], to);
  return (value) => linear(Math.log10(value));
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
