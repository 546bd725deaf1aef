import { describe, expect, it } from "vitest";
import { WireError } from "../errors.ts";
import { profileFor } from "../profiles.ts";
import { type EffectiveSession, newSession, updatedSession } from "./session-config.ts";

const profile = profileFor("gpt-realtime-2.1");
const fresh = () => newSession("sess_1", "gpt-realtime-2.1", profile, 0);
const update = (change: unknown, session: EffectiveSession = fresh(), voiceLocked = false) => updatedSession(session, change, { profile, voiceLocked });
const audioInput = (input: object) => ({ type: "realtime", audio: { input } });
const audioOutput = (output: object) => ({ type: "realtime", audio: { output } });

function refusal(change: unknown, voiceLocked = false): { code: string | null; param: string | null; message: string } {
  try {
    update(change, fresh(), voiceLocked);
  } catch (error) {
    if (error instanceof WireError) return { code: error.code, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("not refused");
}

describe("a session's settings", () => {
  it("are complete from the start", () => {
    expect(fresh()).toMatchObject({
      type: "realtime",
      object: "realtime.session",
      output_modalities: ["audio"],
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24000 },
          turn_detection: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 },
        },
        output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1 },
      },
    });
  });

  it("follow the model", () => {
    const older = newSession("sess_1", "gpt-realtime", profileFor("gpt-realtime"), 0);
    expect(older.audio.output.voice).toBe("alloy");
    expect(older.audio.input.turn_detection).toMatchObject({ silence_duration_ms: 200 });
  });

  it("keep what an update leaves out, and the session before it", () => {
    const before = fresh();
    const after = update({ type: "realtime", instructions: "", audio: { output: { speed: 1.2 } } }, before);
    expect(after.instructions).toBe("");
    expect(after.audio.output).toEqual({ ...before.audio.output, speed: 1.2 });
    expect(after.audio.input).toEqual(before.audio.input);
    expect(before).toEqual(fresh());
  });

  it("keep the numbers of turn detection as long as its type stays", () => {
    const changed = update(audioInput({ turn_detection: { type: "server_vad", silence_duration_ms: 700 } }));
    const again = update(audioInput({ turn_detection: { type: "server_vad", threshold: 0.6 } }), changed);
    expect(again.audio.input.turn_detection).toMatchObject({ threshold: 0.6, silence_duration_ms: 700 });
    const semantic = update(audioInput({ turn_detection: { type: "semantic_vad" } }), again);
    expect(semantic.audio.input.turn_detection).toEqual({ type: "semantic_vad", eagerness: "auto", create_response: true, interrupt_response: true });
    const back = update(audioInput({ turn_detection: { type: "server_vad" } }), semantic);
    expect(back.audio.input.turn_detection).toMatchObject({ threshold: 0.5, silence_duration_ms: 500 });
    expect(update(audioInput({ turn_detection: null }), back).audio.input.turn_detection).toBeNull();
  });

  it("fill in what the service fills in", () => {
    const after = update({ ...audioInput({ transcription: { model: "whisper-1" }, format: { type: "audio/pcm" } }), tools: [{ type: "function", name: "f" }] });
    expect(after.audio.input.transcription).toEqual({ model: "whisper-1", language: null, prompt: null });
    expect(after.audio.input.format).toEqual({ type: "audio/pcm", rate: 24000 });
    expect(after.tools).toEqual([{ type: "function", name: "f", description: null }]);
  });

  it("accept the model's own name and its own voice", () => {
    expect(() => update({ type: "realtime", model: "gpt-realtime-2.1" })).not.toThrow();
    expect(() => update(audioOutput({ voice: "marin" }), fresh(), true)).not.toThrow();
  });

  it.each([
    [{}, "missing_required_parameter", "session.type"],
    ["text", "invalid_type", "session"],
    [{ type: "transcription" }, "invalid_parameter", "session.type"],
    [{ type: "realtime", model: "gpt-other" }, "cannot_update_model", "session.model"],
    [{ type: "realtime", voice: "alloy" }, "unknown_parameter", "session.voice"],
    [audioOutput({ voice: "nobody" }), "invalid_value", "session.audio.output.voice"],
    [audioOutput({ speed: 2 }), "decimal_above_max_value", "session.audio.output.speed"],
    [audioOutput({ format: { type: "audio/pcm", rate: 16000 } }), "invalid_value", "session.audio.output.format.rate"],
    [audioOutput({ format: "pcm16" }), "invalid_type", "session.audio.output.format"],
    [audioOutput({ format: { type: "pcm16" } }), "invalid_value", "session.audio.output.format.type"],
    [audioInput({ turn_detection: {} }), "missing_required_parameter", "session.audio.input.turn_detection.type"],
    [audioInput({ turn_detection: { type: "server_vad", threshold: 1.5 } }), "decimal_above_max_value", "session.audio.input.turn_detection.threshold"],
    [
      audioInput({ turn_detection: { type: "server_vad", silence_duration_ms: 1.5 } }),
      "invalid_type",
      "session.audio.input.turn_detection.silence_duration_ms",
    ],
    [
      audioInput({ turn_detection: { type: "server_vad", idle_timeout_ms: 10 } }),
      "integer_below_min_value",
      "session.audio.input.turn_detection.idle_timeout_ms",
    ],
    [audioInput({ turn_detection: { type: "semantic_vad", threshold: 0.5 } }), "unknown_parameter", "session.audio.input.turn_detection.threshold"],
    [{ type: "realtime", output_modalities: ["text", "audio"] }, "invalid_value", "session.output_modalities"],
    [{ type: "realtime", max_output_tokens: 5000 }, "integer_above_max_value", "session.max_output_tokens"],
    [{ type: "realtime", tools: [{ type: "function" }] }, "missing_required_parameter", "session.tools[0].name"],
    [{ type: "realtime", tool_choice: "maybe" }, "invalid_value", "session.tool_choice"],
    [{ type: "realtime", instructions: null }, "invalid_type", "session.instructions"],
  ])("refuse %j", (change, code, param) => {
    expect(refusal(change)).toMatchObject({ code, param });
  });

  it("refuse a new voice once the model has spoken", () => {
    expect(refusal(audioOutput({ voice: "cedar" }), true)).toEqual({
      code: "cannot_update_voice",
      param: "session.audio.output.voice",
      message: "Cannot update a conversation's voice if assistant audio is present.",
    });
  });

  it("are refused in words that name given and allowed", () => {
    expect(refusal(audioOutput({ voice: "nobody" })).message).toMatch(/^Invalid value: 'nobody'\. Supported values are: 'alloy', .*, and 'cedar'\.$/);
    expect(refusal({ type: "realtime", output_modalities: ["text", "audio"] }).message).toBe(
      "Invalid modalities: ['text', 'audio']. Supported combinations are: ['text'] and ['audio'].",
    );
    expect(refusal(audioOutput({ speed: "fast" })).message).toBe(
      "Invalid type for 'session.audio.output.speed': expected a decimal, but got a string instead.",
    );
  });
});
