import { defineConfig } from "tsup";
import { base } from "../../tsup.base.ts";

export default defineConfig({
  ...base,
  entry: ["src/index.ts", "src/dsp/index.ts", "src/playout/index.ts", "src/protocol/index.ts", "src/transport/index.ts", "src/engine/index.ts"],
});
