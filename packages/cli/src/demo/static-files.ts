/** Files of one folder over HTTP: nothing outside it can be named, not by dots, not by encodings, not by a link. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".webmanifest": "application/manifest+json",
  ".wav": "audio/wav",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** A file that may be sent. */
interface Found {
  readonly path: string;
  readonly size: number;
}

/** Answers `GET` and `HEAD` for the files in `folder`; the folder itself is its index.html. */
export async function serveStatic(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    sendText(response, 405, "Only GET and HEAD are answered here.", { allow: "GET, HEAD" });
    return;
  }
  const found = await find(folder, (request.url ?? "/").split(/[?#]/, 1)[0] as string);
  if (found === null) {
    sendText(response, 404, "There is no such file.");
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(found.path).toLowerCase()] ?? "application/octet-stream", "content-length": found.size });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  // A browser that goes away in the middle is none of the server's trouble.
  await pipeline(createReadStream(found.path, { end: Math.max(0, found.size - 1) }), response).catch(() => response.destroy());
}

/** Sends a short text. */
export function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

async function find(folder: string, urlPath: string): Promise<Found | null> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (!path.startsWith("/") || path.includes("\0") || path.includes("\\") || path.includes(":")) return null;
  try {
    const root = await realpath(folder);
    // Links are followed first and judged by where they lead.
    const target = await realpath(resolve(root, `.${path.endsWith("/") ? `${path}index.html` : path}`));
    if (!target.startsWith(root + sep)) return null;
    const { size, isFile } = await stat(target).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
    return isFile ? { path: target, size } : null;
  } catch {
    return null;
  }
}
