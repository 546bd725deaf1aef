/** Programs that use `openai` with the emulator, as its users write them: a process of its own that trusts the certificate by `NODE_EXTRA_CA_CERTS`, and one client that does. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";

const PROGRAM = `
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";

const said = [];
for (const Client of [OpenAIRealtimeWS, OpenAIRealtimeWebSocket]) {
  const { value } = await new OpenAI().realtime.clientSecrets.create({ session: { type: "realtime", model: "gpt-realtime-2.1", output_modalities: ["text"] } });
  const realtime = new Client({ model: "gpt-realtime-2.1" }, new OpenAI({ apiKey: value }));
  const failed = new Promise((_, reject) => realtime.on("error", reject));
  const answered = new Promise((resolve) => realtime.on("response.output_text.done", ({ text }) => resolve(text)));
  realtime.on("session.created", () => {
    realtime.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] } });
    realtime.send({ type: "response.create" });
  });
  said.push(await Promise.race([answered, failed]));
  realtime.close();
}
console.log(JSON.stringify(said));
`;

const run = promisify(execFile);

describe("a program of its own", () => {
  let secure: SecureEmulator;
  let folder: string;

  beforeAll(async () => {
    secure = await secureEmulator({ apiKeys: ["sk-test"] });
    folder = await mkdtemp(join(tmpdir(), "sidetone-clients-"));
    await writeFile(join(folder, "certificate.pem"), secure.certificate);
  });

  afterAll(async () => {
    await secure?.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(environment: Record<string, string>) {
    const env = { PATH: process.env.PATH, OPENAI_BASE_URL: secure.baseURL, OPENAI_API_KEY: "sk-test", ...environment };
    // The program is given on the command line, so that its imports are looked up from the tests' folder.
    const cwd = fileURLToPath(new URL("../", import.meta.url));
    return run(process.execPath, ["--input-type=module", "--eval", PROGRAM], { cwd, env, timeout: 60_000 });
  }

  test("needs no change but its environment", async () => {
    const { stdout, stderr } = await start({ NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem") });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(["(echo of “Hello”)", "(echo of “Hello”)"]);
  });

  test("does not get there without the certificate", async () => {
    await expect(start({})).rejects.toMatchObject({ stderr: expect.stringMatching(/self.signed certificate/i) });
    expect(secure.emulator.sessions).toHaveLength(2);
  });
});
