import { defineConfig } from "tsup";
import { base } from "../../tsup.base.ts";

export default defineConfig({
  ...base,
  entry: ["src/index.ts", "src/websocket.ts", "src/wavtools.ts", "src/dsp.ts", "src/protocol.ts", "src/node/index.ts", "src/testing/index.ts"],
});
