/** The emulator, in a process of its own that tells what it costs. */
import { createEmulator, type EmulatorOptions, profileFor } from "@sidetone/emulator";

/** What it is told once: how to start. */
export interface HostOrders {
  readonly options: EmulatorOptions;
}

/** What it tells: once where it listens, then, asked by any message, what it has used. */
export interface HostReport {
  readonly url: string;
  readonly firstAudioDelayMs: number;
  readonly speedUp: number;
  /** CPU time since the start of the process, in ms. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly rssBytes: number;
  /** Heap in use after a collection, in bytes. */
  readonly heapBytes: number;
}

process.once("message", async ({ options }: HostOrders) => {
  const emulator = await createEmulator(options);
  const { firstAudioDelayMs, speedUp } = profileFor("gpt-realtime-2.1");
  const tell = () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const report: HostReport = { url: emulator.url, firstAudioDelayMs, speedUp, cpuMs: (user + system) / 1000, rssBytes: rss, heapBytes: heapUsed };
    process.send?.(report);
  };
  process.on("message", tell);
  process.once("disconnect", () => process.exit(0));
  tell();
});
