import { describe, expect, it } from "vitest";
import { isFatalError, PROTOCOL_LIMITS, SERVER_VAD_GRID } from "./limits.ts";
import { defaultSession, defaultTranscriptionSession, SERVER_VAD_DEFAULTS } from "./session-defaults.ts";

describe("session defaults", () => {
  it("are those of the current models", () => {
    const session = defaultSession();
    expect(session.model).toBe("gpt-realtime-2.1");
    expect(session.audio?.output).toEqual({ format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1 });
    expect(session.audio?.input?.turn_detection).toEqual({ ...SERVER_VAD_DEFAULTS, silence_duration_ms: 500 });
  });

  it.each(["gpt-realtime", "gpt-realtime-2025-08-28", "gpt-realtime-mini", "gpt-realtime-mini-2025-12-15"])("differ for %s", (model) => {
    const session = defaultSession(model);
    expect(session.audio?.output?.voice).toBe("alloy");
    expect(session.audio?.input?.turn_detection).toMatchObject({ silence_duration_ms: 200 });
  });

  it.each(["gpt-realtime-1.5", "gpt-realtime-2", "gpt-realtime-2.1-mini", "something-else"])("do not differ for %s", (model) => {
    expect(defaultSession(model)).toEqual({ ...defaultSession(), model });
  });

  it("are new objects with each call, down to the parts that may be changed", () => {
    const changed = defaultSession();
    changed.tools?.push({ type: "function", name: "f" });
    if (changed.audio?.input?.turn_detection?.type === "server_vad") changed.audio.input.turn_detection.threshold = 0.9;
    expect(defaultSession().tools).toEqual([]);
    expect(defaultSession().audio?.input?.turn_detection).toEqual(SERVER_VAD_DEFAULTS);
    expect(defaultTranscriptionSession().audio?.input?.turn_detection).not.toBe(defaultTranscriptionSession().audio?.input?.turn_detection);
  });
});

describe("limits", () => {
  it("agree with each other and with the defaults", () => {
    expect(SERVER_VAD_GRID.frameMs).toBe((SERVER_VAD_GRID.frameSamples * 1000) / SERVER_VAD_GRID.sampleRate);
    expect(PROTOCOL_LIMITS.appendMaxBytes).toBe(15_728_640);
    expect(PROTOCOL_LIMITS.sessionMaxMs).toBe(3_600_000);
  });

  it("tell errors that end the session from those that do not", () => {
    expect(isFatalError({ type: "invalid_request_error", code: "session_expired", message: "" })).toBe(true);
    expect(isFatalError({ type: "invalid_request_error", code: "response_cancel_not_active", message: "" })).toBe(false);
    expect(isFatalError({ type: "server_error", code: null, message: "" })).toBe(false);
    expect(isFatalError({ type: "server_error", message: "" })).toBe(false);
  });
});
