/** Serves test pages made from one TypeScript file each, bundled against the built packages, with whatever headers a test wants. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PAGES = fileURLToPath(new URL("../browser/pages/", import.meta.url));
const WORKLETS = join(dirname(fileURLToPath(import.meta.resolve("sidetone"))), "worklets");

/** A running server. */
export interface PageServer {
  /** Address, without a slash at the end. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves `/` with the script `pages/<page>` and `/worklets/*` with the package's own files. `headers` go with every answer. */
export async function servePage(page: string, headers: Record<string, string> = {}): Promise<PageServer> {
  const bundle = await build({
    entryPoints: [join(PAGES, page)],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    sourcemap: "inline",
    logLevel: "error",
  });
  const script = bundle.outputFiles[0].text;
  const server = createServer(async (request, response) => {
    const send = (type: string, body: string | Buffer): void => {
      response.writeHead(200, { ...headers, "content-type": type, "cache-control": "no-store" }).end(body);
    };
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/")
      send(
        "text/html",
        `<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`,
      );
    else if (path === "/page.js") send("text/javascript", script);
    else if (/^\/worklets\/[\w.-]+\.js$/.test(path)) send("text/javascript", await readFile(join(WORKLETS, path.slice("/worklets/".length))));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
