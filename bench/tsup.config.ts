import { defineConfig } from "tsup";
import { base } from "../tsup.base.ts";

/** Into the CLI, whose command it becomes. What package.json names stays an import, so that no opponent is shipped. */
export default defineConfig({
  ...base,
  entry: { room: "room.ts", worker: "measure/worker.ts", page: "chromium/page.ts", replay: "playout/replay-report.ts" },
  outDir: "../packages/cli/dist/bench",
});
