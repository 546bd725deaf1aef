/**
 * An emulator whose sessions are all held against the rules of the Realtime API: `close()` rejects when one of them broke any, so that every test that uses an emulator
 * is a test of its order of events, too.
 */
import { type ConformanceOptions, checkConformance, createEmulator, describeViolation, type Emulator, type EmulatorOptions } from "@sidetone/emulator";

/** Most violations that are told. */
const TOLD = 10;

/** Throws when a session of `emulator` broke a rule. @throws {Error} with the rules and where they were broken. */
export function assertConformance(emulator: Emulator, conformance: ConformanceOptions = {}): void {
  const violations = checkConformance(emulator, { complete: true, replyWithinMs: 1000, ...conformance });
  if (violations.length === 0) return;
  const lines = violations.slice(0, TOLD).map((violation) => `  ${violation.sessionId} ${describeViolation(violation)}`);
  throw new Error(`${violations.length} broken rules of the protocol:\n${lines.join("\n")}`);
}

/** Starts an emulator that checks itself when it closes. `conformance` adjusts the rules to what the test makes the emulator do. */
export async function checkedEmulator(options: EmulatorOptions = {}, conformance: ConformanceOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator(options);
  const close = emulator.close.bind(emulator);
  let closing: Promise<void> | null = null;
  const closeAndCheck = async () => {
    await close();
    assertConformance(emulator, { rateLimits: options.rateLimits === false ? "never" : "after-response", ...conformance });
  };
  Object.defineProperty(emulator, "close", {
    value: () => {
      closing ??= closeAndCheck();
      return closing;
    },
  });
  return emulator;
}
