/** Builds the page, and puts the sample recording and its licence beside it: they are the tests' fixtures, kept once in the repository. */
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

const FILES = {
  "sample.wav": new URL("../../test/fixtures/speech-a.wav", import.meta.url),
  "sample-licence.txt": new URL("../../test/fixtures/README.md", import.meta.url),
};

export default defineConfig({
  base: "./",
  // The page's policy allows scripts from files only, and every browser with AudioWorklet has modulepreload's fallback built in.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  plugins: [
    {
      name: "sample-recording",
      generateBundle() {
        for (const [fileName, from] of Object.entries(FILES)) this.emitFile({ type: "asset", fileName, source: readFileSync(from) });
      },
      configureServer(server) {
        for (const [fileName, from] of Object.entries(FILES)) {
          server.middlewares.use(`/${fileName}`, (_request, response) => response.end(readFileSync(from)));
        }
      },
    },
  ],
});
