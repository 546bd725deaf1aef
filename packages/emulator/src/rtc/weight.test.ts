/** Who has no calls pays nothing for them: werift and the codec are loaded with the first call. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Runs an emulator in a process of its own, says what was loaded before and after a call was asked for. */
const SCRIPT = `
  import { registerHooks } from "node:module";
  const loaded = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      for (const name of ["werift", "@evan/opus"]) if (specifier === name || specifier.startsWith(name + "/")) loaded.add(name);
      return next(specifier, context);
    },
  });
  const { createEmulator } = await import("./packages/emulator/src/index.ts");
  const emulator = await createEmulator();
  const before = [...loaded];
  const url = emulator.httpUrl + "/v1/realtime/calls?model=m";
  const sdp = "v=0\\r\\nm=audio 9 UDP/TLS/RTP/SAVPF 0\\r\\na=ice-ufrag:a\\r\\na=ice-pwd:b\\r\\na=fingerprint:c\\r\\n";
  const { status } = await fetch(url, { method: "POST", body: sdp, headers: { "content-type": "application/sdp" } });
  await emulator.close();
  console.log(JSON.stringify({ before, status, after: [...loaded].sort() }));
`;

it("is not in the start of an emulator", async () => {
  const root = new URL("../../../../", import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@sidetone/source", "--input-type=module", "--eval", SCRIPT], { cwd: root });
  expect(JSON.parse(stdout)).toEqual({ before: [], status: 400, after: ["@evan/opus", "werift"] });
});
