import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { readRecording } from "./read-recording.ts";
import { Recorder } from "./recorder.ts";

/** Bytes that the disk still takes. */
const disk = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (fd: number, bytes: Buffer, from: number, length: number, at: number) => {
    const taken = Math.min(length, disk.left);
    if (taken === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    disk.left -= taken;
    return fs.writeSync(fd, bytes, from, taken, at);
  };
  return { ...fs, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), "sidetone-lines-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  disk.left = Number.POSITIVE_INFINITY;
  vi.restoreAllMocks();
});

describe("a disk that is full", () => {
  it("costs events, which are counted, tells it once, and leaves whole lines behind", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const recorder = new Recorder({ directory: folder }, new ManualClock());
    const session = recorder.open({ id: "s", model: "m", transport: "websocket", source: "emulator", input: null, output: null });
    const note = (number: number) => session.event("in", { type: "note", number });
    note(1);
    disk.left = 30;
    for (let number = 2; number <= 4; number++) note(number);
    disk.left = Number.POSITIVE_INFINITY;
    note(5);
    session.ended(1000, "");
    const path = join(folder, readdirSync(folder)[0] as string);
    const { sessions, torn } = await readRecording(path);
    expect(sessions[0]?.events.map(({ event }) => event?.number)).toEqual([1, 5]);
    expect([sessions[0]?.dropped, sessions[0]?.end?.closed.code, torn]).toEqual([3, 1000, false]);
    expect(
      readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.includes("dropped")),
    ).toEqual([false, false, true, false, false, false]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^A recording lacks events: ENOSPC/), { code: "SIDETONE_RECORD" });
  });
});
