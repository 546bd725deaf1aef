/** `sidetone emulate`: the emulator alone, for clients of one's own. */
import { createEmulator, type Emulator, type SessionRecord } from "@sidetone/emulator";
import type { Args, Command } from "../args.ts";
import { eventLine, printable } from "../event-line.ts";
import { aborted, type Io, type Output, styleFor } from "../io.ts";
import { isLoopback } from "../keys.ts";
import { listen, refuseStrayUpgrades } from "../listen.ts";
import { choice, integer, nonEmpty, VOICES } from "../values.ts";

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
    voice: { value: "<voice>", help: "What it answers: echo (the user's own words) or tone. Default: echo." },
    "api-key": { value: "<key>", many: true, help: "A key to accept; may be given more than once. Default: any key, or none." },
    seed: { value: "<number>", help: "Make ids repeatable. Default: random." },
    verbose: { help: "Print every event, one line each." },
  },
  details: "Clients connect to the printed address with ?model= any name, as to the real service. Ctrl-C ends it.",
  run: runEmulate,
};

async function runEmulate(args: Args, io: Io): Promise<number> {
  const portText = args.text("port");
  const host = nonEmpty("host", args.text("host") ?? EMULATE_DEFAULTS.host);
  const voice = choice("voice", args.text("voice") ?? EMULATE_DEFAULTS.voice, VOICES);
  const port = portText === undefined ? EMULATE_DEFAULTS.port : integer("port", portText, 0, 65_535);
  const seedText = args.text("seed");
  const seed = seedText === undefined ? {} : { seed: integer("seed", seedText, 0, 0xffffffff) };
  const keys = args.all("api-key").map((key) => nonEmpty("api-key", key));
  const listening = await listen(
    (_request, response) =>
      response.writeHead(404, { "content-type": "text/plain" }).end("This is Sidetone's emulator of the Realtime API; connect a WebSocket to /v1/realtime.\n"),
    { host, port, whenTaken: portText === undefined ? "next" : "fail" },
  );
  refuseStrayUpgrades(listening.server, "/v1/realtime");
  const emulator = await createEmulator({ server: listening.server, voice, ...seed, ...(keys.length > 0 ? { apiKeys: keys } : {}) });

  const { bold, dim } = styleFor(io.stdout, io.env);
  if (portText === undefined && listening.port !== port) io.stdout.write(`Port ${port} is taken, so this is port ${listening.port}.\n`);
  if (!isLoopback(host)) io.stdout.write(`${host} can be reached from the network${keys.length > 0 ? "" : ", and any key is accepted"}.\n`);
  io.stdout.write(`Realtime API emulator (${voice} voice):  ${bold(emulator.url)}\n${dim("Ctrl-C ends it.")}\n`);
  const follow = new Follower(emulator, io.stdout, args.has("verbose"));
  const timer = setInterval(() => follow.look(), LOOK_MS);
  await aborted(io.signal);
  clearInterval(timer);
  await emulator.close();
  follow.look();
  await listening.close();
  return 0;
}

/** Prints what is new in an emulator since the last look. */
class Follower {
  readonly #emulator: Emulator;
  readonly #output: Output;
  readonly #verbose: boolean;
  readonly #known = new WeakSet<SessionRecord>();
  #open: SessionRecord[] = [];
  /** Log entries seen, counted from the emulator's start. */
  #seen = 0;

  constructor(emulator: Emulator, output: Output, verbose: boolean) {
    this.#emulator = emulator;
    this.#output = output;
    this.#verbose = verbose;
  }

  look(): void {
    for (const session of this.#emulator.sessions) {
      if (this.#known.has(session)) continue;
      this.#known.add(session);
      this.#open.push(session);
      this.#output.write(`Session ${session.id} began (${printable(session.model)}).\n`);
    }
    const { entries, dropped } = this.#emulator.log;
    if (this.#verbose) for (const entry of entries.slice(Math.max(0, this.#seen - dropped))) this.#output.write(`${eventLine(entry)}\n`);
    this.#seen = dropped + entries.length;
    this.#open = this.#open.filter(({ id, closed }) => {
      if (closed === null) return true;
      this.#output.write(`Session ${id} ended (close code ${closed.code}${closed.reason ? `, ${printable(closed.reason)}` : ""}).\n`);
      return false;
    });
  }
}
