/** A terminal for tests: what commands write is kept, Ctrl-C is a method. */
import type { Io } from "../src/io.ts";

/** Surroundings of a command under test. */
export interface FakeIo extends Io {
  /** Everything written to stdout so far. */
  out(): string;
  /** Everything written to stderr so far. */
  err(): string;
  /** Ctrl-C. */
  stop(): void;
}

/** Surroundings with this environment, page folder and folder of the benchmark. */
export function fakeIo(env: Io["env"] = {}, pageFolder = "", benchFolder = ""): FakeIo {
  const written = { out: "", err: "" };
  const stopping = new AbortController();
  const output = (name: "out" | "err") => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  return {
    stdout: output("out"),
    stderr: output("err"),
    env,
    signal: stopping.signal,
    pageFolder,
    benchFolder,
    out: () => written.out,
    err: () => written.err,
    stop: () => stopping.abort(),
  };
}

/** Resolves when `condition` holds. @throws {Error} after 5 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 5000; !condition(); ) {
    if (performance.now() > endMs) throw new Error("What was waited for did not happen within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
