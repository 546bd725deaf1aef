/** `sidetone demo`: the playground page, with the emulator or with the real service behind it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SESSION_DEFAULTS } from "@sidetone/core/protocol";
import type { Args, Command } from "../args.ts";
import { startDemoServer } from "../demo/demo-server.ts";
import { CliError } from "../failure.ts";
import { aborted, type Io, styleFor } from "../io.ts";
import { isLoopback, openAiBaseUrl, openAiKey } from "../keys.ts";
import { choice, integer, nonEmpty, VOICES } from "../values.ts";

/** Defaults of `sidetone demo`. */
export const DEMO_DEFAULTS = Object.freeze({
  /** TCP port number; when it is taken, the next few are tried. */
  port: 4400,
  host: "127.0.0.1",
  voice: "echo",
});

/** The command. */
export const demo: Command = {
  name: "demo",
  operands: "",
  operandCount: 0,
  summary: "Serve the playground page on this machine and talk in the browser.",
  flags: {
    port: { value: "<port>", help: `TCP port, 0 for any free one. Default: ${DEMO_DEFAULTS.port}, or one of the next when that is taken.` },
    host: { value: "<address>", help: `Address to listen on. Default: ${DEMO_DEFAULTS.host}, which only this machine can reach.` },
    voice: { value: "<voice>", help: "What the emulator answers: echo (your own words) or tone. Default: echo." },
    model: { value: "<name>", help: `Model to ask for. Default: ${SESSION_DEFAULTS.model}.` },
  },
  details:
    "Without OPENAI_API_KEY the local emulator answers: no key, no network. With it the page talks to the real service: this server mints an\n" +
    "ephemeral key for each session, the key itself stays here. OPENAI_BASE_URL names another service. Ctrl-C ends everything.",
  run: runDemo,
};

async function runDemo(args: Args, io: Io): Promise<number> {
  const portText = args.text("port");
  const host = nonEmpty("host", args.text("host") ?? DEMO_DEFAULTS.host);
  const model = nonEmpty("model", args.text("model") ?? SESSION_DEFAULTS.model);
  const voice = choice("voice", args.text("voice") ?? DEMO_DEFAULTS.voice, VOICES);
  const port = portText === undefined ? DEMO_DEFAULTS.port : integer("port", portText, 0, 65_535);
  const apiKey = openAiKey(io.env);
  const openAi = apiKey === null ? null : { apiKey, baseUrl: openAiBaseUrl(io.env) };
  if (!existsSync(join(io.pageFolder, "index.html")))
    throw new CliError("not-built", "The playground page is not built yet; run `npm run build` and try again.");

  const server = await startDemoServer({ host, port, whenTaken: portText === undefined ? "next" : "fail", pageFolder: io.pageFolder, model, voice, openAi });
  const { bold, dim } = styleFor(io.stdout, io.env);
  if (portText === undefined && server.port !== port) io.stdout.write(`Port ${port} is taken, so this is port ${server.port}.\n`);
  if (!isLoopback(host)) io.stdout.write(`${host} can be reached from the network; browsers give the microphone only to 127.0.0.1, localhost or https.\n`);
  const service =
    openAi === null
      ? `Service: the local emulator (${voice} voice), no key needed. With OPENAI_API_KEY set it is the real one.`
      : `Service: ${model} at ${new URL(openAi.baseUrl).host}, billed to OPENAI_API_KEY. The page only gets short-lived keys.`;
  const reply = openAi === null && voice === "echo" ? "it says your words back" : "it answers";
  io.stdout.write(
    `\nSidetone playground:  ${bold(server.url)}\n\n` +
      `  Open it, press Start and say a sentence: ${reply}.\n` +
      "  Speak while it answers, or press Interrupt: it stops at once. No microphone? Take the sample recording.\n" +
      `  ${service}\n` +
      `  ${dim("Ctrl-C ends it.")}\n\n`,
  );
  await aborted(io.signal);
  await server.close();
  return 0;
}
