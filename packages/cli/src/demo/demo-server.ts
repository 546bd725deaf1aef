/**
 * The demo's HTTP server: the playground page, `POST /session` that tells the page where to connect, and, without a key, the emulator on the same port.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createEmulator, type Emulator } from "@sidetone/emulator";
import { type OpenAiAccess, realtimeUrl } from "../keys.ts";
import { type ListenOptions, listen, refuseStrayUpgrades } from "../listen.ts";
import { MintError, mintKey } from "./mint-key.ts";
import { isOwnHost, isSameOrigin } from "./own-origin.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { sendText, serveStatic } from "./static-files.ts";

const EMULATOR_PATH = "/v1/realtime";

/** Options of {@link startDemoServer}. */
export interface DemoServerOptions extends ListenOptions {
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Model that the page is to ask for. */
  readonly model: string;
  /** What the emulator answers with. */
  readonly voice: "echo" | "tone";
  /** The real service, or null for the emulator. */
  readonly openAi: OpenAiAccess | null;
}

/** What `POST /session` answers: where and how the page connects. */
export interface SessionTicket {
  readonly service: "emulator" | "openai";
  /** WebSocket address without the model. */
  readonly url: string;
  readonly model: string;
  /** Ephemeral key, or null where none is needed. */
  readonly apiKey: string | null;
  /** End of the key's life, in seconds since 1970, or null. */
  readonly expiresAt: number | null;
}

/** A running demo. */
export interface DemoServer {
  /** Address for the browser, `http://host:port/`. */
  readonly url: string;
  readonly port: number;
  /** The emulator, or null when the real service is used. */
  readonly emulator: Emulator | null;
  /** Ends sessions, connections and the server; idempotent. */
  close(): Promise<void>;
}

/** Starts the demo. @throws {CliError} when the port cannot be listened on. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const listening = await listen((request, response) => void answer(request, response, options), options);
  let emulator: Emulator | null = null;
  try {
    emulator = options.openAi === null ? await createEmulator({ server: listening.server, voice: options.voice }) : null;
  } catch (error) {
    await listening.close();
    throw error;
  }
  refuseStrayUpgrades(listening.server, emulator === null ? null : EMULATOR_PATH);
  let closing: Promise<void> | undefined;
  return {
    url: `${listening.url}/`,
    port: listening.port,
    emulator,
    close: () => {
      closing ??= (async () => {
        await emulator?.close();
        await listening.close();
      })();
      return closing;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: DemoServerOptions): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  try {
    if (!isOwnHost(request.headers.host, options.host)) sendText(response, 403, "This server answers only under its own name, such as 127.0.0.1 or localhost.");
    else if (request.url?.split("?", 1)[0] === "/session") await answerSession(request, response, options);
    else await serveStatic(request, response, options.pageFolder);
  } catch {
    if (response.headersSent) response.destroy();
    else sendError(response, 500, "internal", "The demo server failed to answer; try again.");
  }
}

async function answerSession(request: IncomingMessage, response: ServerResponse, options: DemoServerOptions): Promise<void> {
  request.resume(); // what is posted does not matter
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    sendError(response, 405, "method_not_allowed", "Sessions are made with POST.");
  } else if (!isSameOrigin(request.headers)) {
    sendError(response, 403, "forbidden", "Only this server's own page may ask for a session.");
  } else {
    try {
      sendJson(response, 200, await makeTicket(request.headers.host as string, options));
    } catch (error) {
      if (!(error instanceof MintError)) throw error;
      sendError(response, error.status, error.code, error.message);
    }
  }
}

async function makeTicket(host: string, { openAi, model }: DemoServerOptions): Promise<SessionTicket> {
  if (openAi === null) return { service: "emulator", url: `ws://${host}${EMULATOR_PATH}`, model, apiKey: null, expiresAt: null };
  const { value, expiresAt } = await mintKey(openAi, model);
  return { service: "openai", url: realtimeUrl(openAi.baseUrl), model, apiKey: value, expiresAt };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { error: { code, message } });
}
