/** `sidetone emulate`: the emulator alone, for clients of one's own. */
import { writeFile } from "node:fs/promises";
import { createEmulator, type Emulator, type EmulatorOptions } from "@sidetone/emulator";
import type { Args, Command } from "../args.ts";
import { CliError, isSystemError, usageError } from "../failure.ts";
import { aborted, type Io, styleFor } from "../io.ts";
import { isLoopback } from "../keys.ts";
import { type ListenOptions, listen, NEXT_PORTS } from "../listen.ts";
import { LiveLog } from "../live-log.ts";
import { integer, nonEmpty } from "../values.ts";
import { BEHAVIOUR_FLAGS, behaviourOf } from "./emulate-options.ts";

/** Defaults of `sidetone emulate`. */
export const EMULATE_DEFAULTS = Object.freeze({
  /** TCP port number; when it is taken, the next few are tried. */
  port: 4401,
  host: "127.0.0.1",
  voice: "echo",
});

/** ms between looks at the log. */
const LOOK_MS = 100;

/** The command. */
export const emulate: Command = {
  name: "emulate",
  operands: "",
  operandCount: 0,
  summary: "Run the Realtime API emulator on this machine, for a client of your own.",
  flags: {
    port: { value: "<port>", help: `TCP port, 0 for any free one. Default: ${EMULATE_DEFAULTS.port}, or one of the next when that is taken.` },
    host: { value: "<address>", help: `Address to listen on. Default: ${EMULATE_DEFAULTS.host}, which only this machine can reach.` },
    tls: { value: "<cert.pem>", help: "Serve wss: with a new certificate, which goes to this file for clients to trust. Default: ws:." },
    ...BEHAVIOUR_FLAGS,
    verbose: { help: "Print every event, one line each; runs of deltas become one." },
    json: { help: "Print every event as a line of JSON, and nothing else." },
  },
  details:
    "Clients connect to the printed address with ?model= any name, as to the real service. Ctrl-C ends it. Recordings hold everything that was said; they are\n" +
    "for people who may hear it. Exit codes: 0 ended, 1 it could not run, 2 the command line is wrong.",
  run: runEmulate,
};

async function runEmulate(args: Args, io: Io): Promise<number> {
  const portText = args.text("port");
  const host = nonEmpty("host", args.text("host") ?? EMULATE_DEFAULTS.host);
  const port = portText === undefined ? EMULATE_DEFAULTS.port : integer("port", portText, 0, 65_535);
  if (args.has("json") && args.has("verbose")) throw usageError("--json and --verbose are both given; --json prints every event already.");
  const { options, what } = behaviourOf(args, io);
  const place = { host, port, whenTaken: portText === undefined ? ("next" as const) : ("fail" as const) };
  const certificate = args.text("tls");
  const emulating = certificate === undefined ? await serve(options, place) : await serveTls(options, place, nonEmpty("tls", certificate));
  const { emulator } = emulating;

  const form = args.has("json") ? "json" : args.has("verbose") ? "events" : "turns";
  if (form === "json") io.stdout.write(`${JSON.stringify({ kind: "listening", url: emulator.url })}\n`);
  else {
    const { bold, dim } = styleFor(io.stdout, io.env);
    if (portText === undefined && emulating.port !== port) io.stdout.write(`Port ${port} is taken, so this is port ${emulating.port}.\n`);
    if (!isLoopback(host)) io.stdout.write(`${exposure(host, args)}\n`);
    if (certificate !== undefined) io.stdout.write(`Clients must trust ${certificate} (Node: NODE_EXTRA_CA_CERTS, Python: SSL_CERT_FILE).\n`);
    if (args.text("record") !== undefined) io.stdout.write(`Sessions are recorded in ${args.text("record")}.\n`);
    io.stdout.write(`Realtime API emulator (${what}):  ${bold(emulator.url)}\n${dim("Ctrl-C ends it.")}\n`);
  }
  const log = new LiveLog(emulator, { output: io.stdout, env: io.env, form });
  const timer = setInterval(() => log.look(), LOOK_MS);
  await aborted(io.signal);
  clearInterval(timer);
  await emulator.close();
  log.end();
  await emulating.close();
  return 0;
}

/** An emulator that listens. */
interface Emulating {
  readonly emulator: Emulator;
  /** The port it got. */
  readonly port: number;
  /** Stops listening. */
  close(): Promise<void>;
}

async function serve(options: EmulatorOptions, place: ListenOptions): Promise<Emulating> {
  const listening = await listen(
    (_request, response) =>
      response.writeHead(404, { "content-type": "text/plain" }).end("This is Sidetone's emulator of the Realtime API; connect a WebSocket to /v1/realtime.\n"),
    place,
  );
  try {
    return { emulator: await start({ ...options, server: listening.server }), port: listening.port, close: () => listening.close() };
  } catch (error) {
    await listening.close();
    throw error;
  }
}

/** With TLS the emulator listens itself, since it makes the certificate. */
async function serveTls(options: EmulatorOptions, { host, port, whenTaken }: ListenOptions, path: string): Promise<Emulating> {
  const last = whenTaken === "next" && port > 0 ? Math.min(port + NEXT_PORTS, 65_535) : port;
  for (let at = port; ; at++) {
    try {
      const emulator = await start({ apiKeys: "any", ...options, host, port: at, tls: true });
      await writeCertificate(path, emulator);
      return { emulator, port: Number(new URL(emulator.httpUrl).port), close: async () => {} };
    } catch (error) {
      const taken = error instanceof CliError && error.cause instanceof Error && isSystemError(error.cause.cause, "EADDRINUSE");
      if (!taken || at === last) throw error;
    }
  }
}

async function writeCertificate(path: string, emulator: Emulator): Promise<void> {
  try {
    await writeFile(path, emulator.certificate ?? "");
  } catch (cause) {
    await emulator.close();
    throw new CliError("unwritable", `--tls ${path} cannot be written (${(cause as Error).message}).`, { cause });
  }
}

/** Starts the emulator. @throws {CliError} with its own words, which name the file or the option that is wrong. */
async function start(options: EmulatorOptions): Promise<Emulator> {
  try {
    return await createEmulator(options);
  } catch (cause) {
    throw new CliError("bad-option", (cause as Error).message, { cause });
  }
}

function exposure(host: string, args: Args): string {
  const open = args.all("api-key").length === 0;
  const spent = args.text("relay-key-env") !== undefined ? ", and it speaks to the service with the key given here" : "";
  return `${host} can be reached from the network${open ? `, and any key is accepted${spent}` : ""}.`;
}
