import { encodeBase64 } from "@sidetone/core/dsp";
import { beforeEach, describe, expect, it } from "vitest";
import { faultsOf } from "../../test/fault-rig.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { type Event, pcmBytes, speech } from "../../test/wire-client.ts";
import { decodeWire, encodeWire, toFloat } from "../audio.ts";
import { Ids } from "../ids.ts";
import { Random } from "../random.ts";
import { EventLog } from "../record/log.ts";
import { EnergyVad } from "../vad/energy.ts";
import { echoVoice } from "../voices/echo.ts";
import { toneVoice } from "../voices/tone.ts";
import type { Voice, VoiceRequest } from "../voices/voice.ts";
import type { Attachment, WireKind } from "../wire.ts";
import { LIVE_BEHAVIOUR } from "./live-audio.ts";
import { LiveSession, type LiveSessionOptions } from "./live-session.ts";

const { frameMs } = LIVE_BEHAVIOUR;

class Peer {
  readonly events: Event[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly end: Attachment;

  constructor(session: LiveSession, kind: WireKind = "websocket") {
    this.end = session.attach({
      kind,
      send: (text) => this.events.push(JSON.parse(text)),
      close: (code, reason) => (this.closed = { code, reason }),
      drop: () => {},
    });
  }

  send(event: object): void {
    this.end.receive(JSON.stringify(event));
  }

  of(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  last(): Event {
    return this.events.at(-1);
  }

  /** All audio that came, as bytes. */
  audio(): Buffer {
    return Buffer.concat(this.of("session.output_audio.delta").map(({ delta }) => Buffer.from(delta, "base64")));
  }

  /** Transcript of one side. */
  text(side: "input" | "output"): string {
    return this.of(`session.${side}_transcript.delta`)
      .map(({ delta }) => delta)
      .join("");
  }
}

describe("a Live session", () => {
  let clock: ManualClock;
  let session: LiveSession;
  let peer: Peer;

  function open(options: Partial<LiveSessionOptions> = {}, settings: object = {}): void {
    clock = new ManualClock();
    session = new LiveSession({
      ids: new Ids(1),
      random: new Random(1),
      voice: echoVoice(),
      createVad: () => new EnergyVad(),
      clock,
      nowMs: () => clock.nowMs(),
      logLimit: 10_000,
      sharedLog: new EventLog(10_000),
      recordLimitMs: 600_000,
      limitMs: 3_600_000,
      faults: faultsOf(clock),
      ...options,
    });
    peer = new Peer(session);
    peer.send({ type: "session.start", event_id: "start", session: { model: "gpt-live-1", ...settings } });
  }

  /** Sends audio in real time, in pieces of `pieceMs`. */
  function hear(bytes: Uint8Array, bytesPerMs = 48, pieceMs = 20): void {
    for (let at = 0; at < bytes.length; at += pieceMs * bytesPerMs) {
      peer.send({ type: "session.input_audio.append", audio: encodeBase64(bytes.slice(at, at + pieceMs * bytesPerMs)) });
      clock.advance(pieceMs);
    }
  }
  const silence = (ms: number) => hear(new Uint8Array(ms * 48));
  const say = (name: "speech-a" | "speech-b" = "speech-b") => hear(pcmBytes(speech(name, 24000)));

  beforeEach(() => open());

  it("starts with its settings resolved, in answer to the start", () => {
    expect(peer.events).toEqual([
      {
        type: "session.started",
        event_id: expect.stringMatching(/^event_/),
        client_event_id: "start",
        session: {
          id: session.id,
          expires_at: expect.any(Number),
          status: "active",
          model: "gpt-live-1",
          instructions: "",
          audio: { format: { type: "audio/pcm", rate: 24000 }, output: { voice: "marin" } },
          delegation: { type: "client", acknowledgement_delay_ms: 0 },
          input: [],
          store: false,
          triggers: [],
        },
      },
    ]);
    expect(session.id).toMatch(/^live_/);
  });

  it("speaks as long as it listens, silence included, one frame for each it hears", () => {
    silence(1000);
    expect(peer.of("session.output_audio.delta")).toHaveLength(Math.floor(1000 / frameMs));
    expect(peer.audio().length).toBe(Math.floor(1000 / frameMs) * frameMs * 48);
    expect(peer.audio().every((byte) => byte === 0)).toBe(true);
    expect(peer.of("session.output_audio.delta")[0]).toEqual({ type: "session.output_audio.delta", delta: expect.any(String) });
    clock.advance(5000);
    expect(session.timelineMs).toBe(960);
  });

  it("is never ahead of real time, however fast the client sends", () => {
    peer.send({ type: "session.input_audio.append", audio: encodeBase64(new Uint8Array(10_000 * 48)) });
    const burst = peer.of("session.output_audio.delta").length;
    expect(burst * frameMs).toBeLessThanOrEqual(500);
    clock.advance(2000);
    expect((peer.of("session.output_audio.delta").length - burst) * frameMs).toBeCloseTo(2000, -2);
  });

  it("answers what was said, with transcripts on one timeline and no event about turns", () => {
    silence(400);
    const saidMs = session.timelineMs;
    say();
    silence(6000);
    const [heard] = peer.of("session.input_transcript.delta");
    expect(heard.start_ms).toBeGreaterThanOrEqual(saidMs - 320);
    expect(heard.end_ms - heard.start_ms).toBeGreaterThan(1000);
    const answer = peer.of("session.output_transcript.delta");
    expect(peer.text("output")).toMatch(/^\(echo of \d\.\d s\)$/);
    expect(answer[0].start_ms).toBeGreaterThanOrEqual(heard.end_ms + LIVE_BEHAVIOUR.replyDelayMs - frameMs);
    expect(answer.every(({ start_ms, end_ms }, i) => end_ms - start_ms === frameMs && start_ms >= (answer[i - 1]?.end_ms ?? 0))).toBe(true);
    expect(new Set(peer.events.map(({ type }) => type))).toEqual(
      new Set(["session.started", "session.output_audio.delta", "session.input_transcript.delta", "session.output_transcript.delta"]),
    );
  });

  it("echoes every sample as it was said", () => {
    const said = speech("speech-b", 24000);
    hear(pcmBytes(said));
    silence(6000);
    const out = new Int16Array(Uint8Array.from(peer.audio()).buffer);
    const first = out.findIndex((sample) => sample !== 0);
    const piece = Array.from(out.subarray(first + 4800, first + 4900));
    const at = said.findIndex((_, i) => piece.every((sample, j) => said[i + j] === sample));
    expect(at).toBeGreaterThan(0);
    expect(Array.from(out.subarray(first + 4800, first + 4800 + 12_000))).toEqual(Array.from(said.subarray(at, at + 12_000)));
    expect(session.output.durationMs).toBe(session.timelineMs);
  });

  it("gives way when the user speaks over it, and answers that", () => {
    open({ voice: toneVoice({ durationMs: 20_000 }) });
    say();
    silence(2000);
    const onsetMs = session.timelineMs;
    const loud = () => toFloat(session.output.clip().samples);
    expect(
      loud()
        .subarray(-24 * 400)
        .some((sample) => Math.abs(sample) > 0.01),
    ).toBe(true);
    say("speech-a");
    const samples = loud();
    // Gone within the time of the knobs, two frames of slack and the quiet beginning of the recording.
    const goneMs = onsetMs + LIVE_BEHAVIOUR.yieldAfterMs + LIVE_BEHAVIOUR.fadeMs + 2 * frameMs + 500;
    expect(samples.subarray(goneMs * 24).every((sample) => sample === 0)).toBe(true);
    const lastMs = samples.findLastIndex((sample) => sample !== 0) / 24;
    expect(lastMs).toBeGreaterThan(onsetMs + LIVE_BEHAVIOUR.yieldAfterMs);
    // Nothing jumps at the cut: the greatest step between neighbours is the tone's own.
    const steps = (from: number, to: number) => {
      let most = 0;
      for (let i = from + 1; i < to; i++) most = Math.max(most, Math.abs((samples[i] as number) - (samples[i - 1] as number)));
      return most;
    };
    expect(steps((lastMs - 100) * 24, (lastMs + 20) * 24)).toBeLessThanOrEqual(steps((onsetMs - 1000) * 24, onsetMs * 24) * 1.05);
    silence(3000);
    expect(peer.of("session.input_transcript.delta")).toHaveLength(2);
    expect(
      loud()
        .subarray(-24 * 1000)
        .some((sample) => Math.abs(sample) > 0.01),
    ).toBe(true);
  });

  it("is not stopped by an mhm, which it hears all the same", () => {
    open({ voice: toneVoice({ durationMs: 6000 }) });
    say();
    silence(1500);
    const soFar = peer.of("session.input_transcript.delta").length;
    hear(pcmBytes(speech("speech-b", 24000).slice(24 * 600, 24 * 760)));
    silence(1500);
    expect(peer.of("session.input_transcript.delta")).toHaveLength(soFar + 1);
    const during = toFloat(session.output.clip().samples).subarray(-24 * 1000);
    expect(during.some((sample) => Math.abs(sample) > 0.01)).toBe(true);
    silence(8000);
    expect(peer.text("output")).toBe("(tone of 6.0 s)");
  });

  it("hears nothing while it is muted, and says so", () => {
    peer.send({ type: "session.input_audio.mute", event_id: "m1" });
    expect(peer.last()).toMatchObject({ type: "session.input_audio.muted", client_event_id: "m1" });
    say();
    silence(1500);
    expect(peer.of("session.input_transcript.delta")).toEqual([]);
    expect(session.timelineMs).toBeGreaterThan(2000);
    peer.send({ type: "session.input_audio.unmute" });
    expect(peer.last()).toMatchObject({ type: "session.input_audio.unmuted" });
    expect(peer.last()).not.toHaveProperty("client_event_id");
    say();
    silence(1500);
    expect(peer.of("session.input_transcript.delta")).toHaveLength(1);
  });

  it("plays a fixture instead of its voice, drops what comes meanwhile, then goes on", () => {
    open({ voice: toneVoice({ durationMs: 10_000 }) });
    say();
    silence(1500);
    const fixture = Int16Array.from({ length: 24 * 500 }, (_, i) => 1000 + (i % 7));
    peer.send({ type: "session.output_audio.fixture.play", event_id: "f1", audio: encodeBase64(new Uint8Array(fixture.buffer)) });
    expect(peer.last()).toMatchObject({ type: "session.output_audio.fixture.playing", client_event_id: "f1" });
    peer.send({ type: "session.output_audio.fixture.play", audio: "AAA=" });
    expect(peer.last()).toMatchObject({ type: "error", error: { code: "fixture_active" } });
    peer.send({ type: "session.thinking.append", content: "x", delegation_id: null });
    expect(peer.last()).toMatchObject({ type: "error", error: { code: "fixture_active" } });
    hear(pcmBytes(speech("speech-b", 24000).slice(0, 24 * 500)));
    silence(500);
    expect(peer.of("session.output_audio.fixture.played")).toMatchObject([{ client_event_id: "f1" }]);
    const { samples } = session.output.clip();
    const at = samples.findIndex((sample, i) => sample === 1000 && samples[i + 7] === 1000 && samples[i + 1] === 1001);
    expect(Array.from(samples.subarray(at, at + fixture.length))).toEqual(Array.from(fixture));
    silence(2000);
    expect(peer.of("session.input_transcript.delta")).toHaveLength(1);
    peer.send({ type: "session.output_audio.fixture.play", audio: encodeBase64(new Uint8Array(48 * 30_001)) });
    expect(peer.last().error).toMatchObject({ message: "Invalid 'audio': at most 30 seconds of audio are allowed.", param: "audio" });
    peer.send({ type: "session.output_audio.fixture.play", audio: encodeBase64(new Uint8Array(3)) });
    expect(peer.last().error.message).toContain("whole samples");
  });

  it.each([
    ["audio/pcm", 16000, 32],
    ["audio/pcmu", 8000, 8],
    ["audio/pcma", 8000, 8],
  ] as const)("hears and speaks %s at %d Hz", (type, rate, bytesPerMs) => {
    open({}, { audio: { format: { type, rate }, output: { voice: "vesper" } } });
    const samples = speech("speech-b", rate);
    const said = type === "audio/pcm" ? new Uint8Array(samples.buffer) : g711(samples, type);
    hear(said, bytesPerMs);
    hear(new Uint8Array(6000 * bytesPerMs).fill(type === "audio/pcm" ? 0 : type === "audio/pcmu" ? 0xff : 0xd5), bytesPerMs);
    expect(peer.text("output")).toMatch(/^\(echo of /);
    const bytes = peer.audio();
    expect(bytes.length / bytesPerMs).toBeGreaterThan(session.timelineMs - 20);
    expect(bytes.length / bytesPerMs).toBeLessThanOrEqual(session.timelineMs);
    const heard = decodeWire(Uint8Array.from(bytes), type === "audio/pcm" ? { type, rate: 24000 } : { type });
    expect(energy(heard)).toBeGreaterThan(energy(samples) * 0.7);
    expect(energy(heard)).toBeLessThan(energy(samples) * 1.1);
  });

  it("says what is wrong with a message, and goes on", () => {
    const wrong = (message: object | string) => {
      peer.end.receive(typeof message === "string" ? message : JSON.stringify(message));
      return peer.last();
    };
    expect(wrong({ type: "session.update", event_id: "u1", session: { voice: "x" } })).toEqual({
      type: "error",
      event_id: expect.any(String),
      client_event_id: "u1",
      error: {
        type: "invalid_request_error",
        code: "unknown_parameter",
        message: "Unknown parameter: 'session.voice'.",
        param: "session.voice",
        client_event_id: "u1",
      },
    });
    expect(wrong("{")).toMatchObject({ type: "error", error: { code: "invalid_json" } });
    expect(wrong({ type: "input_audio_buffer.commit" }).error).toMatchObject({ code: "invalid_value", param: "type" });
    expect(wrong({ type: "session.start", session: { model: "gpt-live-1" } }).error).toMatchObject({ code: "session_already_started" });
    expect(wrong({ type: "session.input_audio.append", audio: "***" }).error).toMatchObject({ param: "audio" });
    expect(wrong({ type: "session.commentary.append", content: "x" }).error).toMatchObject({ code: "missing_required_parameter", param: "delegation_id" });
    expect(wrong({ type: "session.commentary.append", content: "x", delegation_id: "item_9" }).error).toMatchObject({ code: "delegation_not_found" });
    expect(wrong({ type: "session.thinking.append", content: "x".repeat(2001), delegation_id: null }).error).toMatchObject({ code: "string_above_max_length" });
    expect(wrong({ type: "response.create" }).error).toMatchObject({ code: "responses_delegation_required" });
    expect(wrong({ type: "decision.create", event_id: "d1" }).error).toMatchObject({ code: "decisions_delegation_required" });
    expect(wrong({ type: "transport.dtmf.send", event: "1" }).error.message).toContain("SIP");
    expect(session.closed).toBeNull();
    silence(200);
    expect(peer.last().type).toBe("session.output_audio.delta");
  });

  it.each([
    [{}, "session.model"],
    [{ model: "gpt-live-1", audio: { format: { type: "audio/pcm", rate: 44100 } } }, "session.audio.format.rate"],
    [{ model: "gpt-live-1", audio: { output: { voice: "nobody" } } }, "session.audio.output.voice"],
    [{ model: "gpt-live-1", delegation: { type: "responses" } }, "session.delegation.responses"],
    [{ model: "gpt-live-1", input: [{ role: "user", content: [] }] }, "session.input[0].content"],
    [{ model: "gpt-live-1", turn_detection: null }, "session.turn_detection"],
  ])("refuses to start with %j", (settings, param) => {
    const other = new Peer(new LiveSession({ ...optionsOf(), ids: new Ids(2) }));
    other.send({ type: "session.input_audio.mute" });
    expect(other.last().error).toMatchObject({ code: "session_not_started" });
    other.send({ type: "session.start", session: settings });
    expect(other.last().error.param).toBe(param);
    other.send({ type: "session.start", session: { model: "gpt-live-1" } });
    expect(other.last().type).toBe("session.started");
  });

  const optionsOf = (): LiveSessionOptions => ({
    ids: new Ids(1),
    random: new Random(1),
    voice: echoVoice(),
    createVad: () => new EnergyVad(),
    clock,
    nowMs: () => clock.nowMs(),
    logLimit: 100,
    sharedLog: new EventLog(100),
    recordLimitMs: 1000,
    limitMs: 60_000,
    faults: faultsOf(clock),
  });

  it("closes when it is asked to, with its usage", () => {
    silence(800);
    peer.send({ type: "session.close", event_id: "c1" });
    expect(peer.last()).toMatchObject({
      type: "session.closed",
      reason: "close_requested",
      client_event_id: "c1",
      usage: { seconds: 0.8 },
      session: { status: "active" },
    });
    expect(peer.closed).toEqual({ code: 1000, reason: "close_requested" });
    expect(session.closed).toMatchObject({ code: 1000 });
    const count = peer.events.length;
    silence(500);
    expect(peer.events).toHaveLength(count);
  });

  it("expires", () => {
    open({ limitMs: 5000 });
    clock.advance(5000);
    expect(peer.last()).toMatchObject({ type: "session.closed", reason: "expired" });
    expect(peer.closed?.code).toBe(1000);
  });

  it("reports usage every ten seconds of its timeline, as totals", () => {
    silence(21_000);
    expect(peer.of("session.usage.updated").map(({ usage }) => usage.seconds)).toEqual([10, 20]);
  });

  it("is silent about a recording that it does not keep, but for a notice", () => {
    open({}, { store: true });
    expect(peer.last()).toMatchObject({ type: "info", code: "store_not_supported" });
  });

  it("says that the voice failed, and goes on", async () => {
    const voice: Voice = { reply: () => Promise.reject(new Error("no breath")) };
    open({ voice });
    say();
    silence(1500);
    await Promise.resolve();
    await Promise.resolve();
    silence(200);
    expect(peer.of("error")).toMatchObject([{ error: { type: "server_error", code: "voice_failed", message: "The voice failed: no breath" } }]);
    expect(session.closed).toBeNull();
  });

  it("says that the voice cannot tell what was said, and answers all the same", () => {
    const voice: Voice = {
      reply: () => [{ type: "message", text: "Pardon?" }],
      transcript: () => {
        throw new Error("no ears");
      },
    };
    open({ voice });
    say();
    silence(1500);
    expect(peer.of("error")).toMatchObject([{ error: { message: "The voice failed: no ears" } }]);
    expect(peer.of("session.input_transcript.delta")).toEqual([]);
    expect(peer.text("output")).toBe("Pardon?");
  });

  it("ends when the detector fails, which runs where nobody would catch", () => {
    const process = () => {
      throw new Error("no memory");
    };
    open({ createVad: () => ({ process, reset: () => {} }) });
    silence(200);
    expect(peer.last()).toMatchObject({ type: "error", error: { type: "server_error", message: "The emulator failed: no memory" } });
    expect(peer.closed).toEqual({ code: 1011, reason: "The emulator failed." });
    const unmade = new LiveSession({
      ...optionsOf(),
      createVad: () => {
        throw new Error("no model");
      },
    });
    const other = new Peer(unmade);
    other.send({ type: "session.start", session: { model: "gpt-live-1" } });
    expect(other.last()).toMatchObject({ type: "error", error: { message: "The emulator failed: no model" } });
    expect(unmade.config).toBeNull();
  });

  it("lets a data channel send and get only what it may, and its audio go another way", () => {
    const frames: Int16Array[] = [];
    clock = new ManualClock();
    session = new LiveSession({ ...optionsOf(), limitMs: 3_600_000, onAudio: (samples) => frames.push(samples) });
    const data_channel = {
      allowed_client_events: ["session.input_audio.mute", "session.start"],
      allowed_server_events: [{ type: "session.started" }, { type: "error" }, { type: "response.event", response_event: "response.completed" }],
    };
    const delegation = { type: "responses", responses: { model: "gpt-5.5" } };
    session.start({ model: "gpt-live-1", client: { data_channel }, delegation });
    const page = new Peer(session, "data-channel");
    const side = new Peer(session, "sideband");
    expect(page.events).toMatchObject([{ type: "session.started", session: { client: { data_channel } } }]);
    page.send({ type: "session.input_audio.mute" });
    expect(side.last().type).toBe("session.input_audio.muted");
    page.send({ type: "response.create", event_id: "p1" });
    expect(page.last()).toMatchObject({ type: "error", error: { code: "event_not_allowed", client_event_id: "p1" } });
    page.send({ type: "session.start", session: { model: "gpt-live-1" } });
    expect(page.last()).toMatchObject({ type: "error", error: { param: "type" } });
    side.send({ type: "response.create" });
    session.hear(new Int16Array(24 * 800));
    clock.advance(1000);
    expect(page.events.map(({ type }) => type)).toEqual(["session.started", "error", "error", "response.event"]);
    expect(page.last().event.type).toBe("response.completed");
    expect(side.of("session.output_audio.delta")).toHaveLength(10);
    expect(frames).toHaveLength(10);
    page.end.ended(1000, "");
    expect(side.last()).toMatchObject({ type: "session.closed", reason: "remote_hangup" });
  });

  describe("with a sideband", () => {
    it("reflects both directions at 24 kHz, before muting, with times, and steers", () => {
      open({}, { audio: { format: { type: "audio/pcmu", rate: 8000 } } });
      const side = new Peer(session, "sideband");
      expect(side.events).toMatchObject([{ type: "session.started", session: { id: session.id } }]);
      side.send({ type: "session.input_audio.mute", event_id: "s1" });
      for (const each of [peer, side]) expect(each.last()).toMatchObject({ type: "session.input_audio.muted", client_event_id: "s1" });
      hear(g711(speech("speech-b", 8000), "audio/pcmu"), 8);
      const reflected = side.of("session.input_audio.append");
      expect(reflected[0]).toEqual({ type: "session.input_audio.append", audio: expect.any(String) });
      const bytes = reflected.reduce((total, { audio }) => total + Buffer.from(audio, "base64").length, 0);
      expect(bytes / 48).toBeCloseTo(session.input.durationMs, 0);
      expect(session.input.durationMs).toBeGreaterThan(session.timelineMs - 1);
      const deltas = side.of("session.output_audio.delta");
      expect(deltas.map(({ start_ms, end_ms }) => [start_ms, end_ms])).toEqual(deltas.map((_, i) => [i * frameMs, (i + 1) * frameMs]));
      expect(deltas.every(({ delta }) => Buffer.from(delta, "base64").length === frameMs * 48)).toBe(true);
      side.send({ type: "session.input_audio.append", audio: "AAA=" });
      expect(side.last()).toMatchObject({ type: "error", error: { param: "type" } });
      expect(peer.of("error")).toEqual([]);
    });

    it("outlives a sideband, and tells it when the client is gone", () => {
      const first = new Peer(session, "sideband");
      first.end.ended(1000, "");
      expect(session.closed).toBeNull();
      const side = new Peer(session, "sideband");
      peer.end.ended(1006, "");
      expect(side.last()).toMatchObject({ type: "session.closed", reason: "connection_lost" });
      expect(side.closed?.code).toBe(1000);
      open();
      const other = new Peer(session, "sideband");
      peer.end.ended(1000, "");
      expect(other.last()).toMatchObject({ reason: "remote_hangup" });
    });
  });

  describe("with appended context", () => {
    const said: VoiceRequest[] = [];
    const voice: Voice = {
      reply: (request) => {
        said.push(request);
        return [
          { type: "message", text: request.userText === "" ? "Yes?" : request.userText, audio: { samples: new Int16Array(2400).fill(500), rate: 24000 } },
        ];
      },
    };

    it("acknowledges all of it, and speaks upon instructions and commentary", () => {
      said.length = 0;
      open({ voice }, { instructions: "Be kind.", input: [{ role: "developer", content: [{ text: "Before." }] }] });
      silence(160);
      for (const kind of ["thinking", "instructions", "commentary"]) {
        peer.send({ type: `session.${kind}.append`, event_id: kind, content: `${kind} now`, delegation_id: null });
        expect(peer.last()).toEqual({ type: `session.${kind}.appended`, event_id: expect.any(String), client_event_id: kind, start_ms: 160, end_ms: 160 });
      }
      silence(2000);
      expect(peer.text("output")).toBe("instructions nowcommentary now");
      expect(said.map(({ instructions }) => instructions)).toEqual(["Be kind.\ninstructions now", "Be kind.\ninstructions now"]);
      expect(said[0]?.items.map((item) => item.type === "message" && item.content[0])).toEqual([
        { type: "input_text", text: "Before." },
        { type: "input_text", text: "thinking now" },
        { type: "input_text", text: "instructions now" },
      ]);
    });
  });

  describe("that delegates", () => {
    /** Calls a function for speech, and says what comes back. */
    const voice: Voice = {
      reply: ({ items, userAudio, userText }) => {
        const last = items.at(-1);
        if (userAudio !== null)
          return [
            { type: "message", text: "Wait." },
            { type: "function_call", name: "look", arguments: '{"deep":true}' },
          ];
        return [{ type: "message", text: last?.type === "function_call_output" ? `It is ${last.output}` : userText }];
      },
    };

    it("to the client, which answers by commentary", () => {
      open({ voice });
      say();
      silence(1500);
      const [created] = peer.of("session.delegation.created");
      expect(created.delegation).toEqual({ id: expect.any(String), type: "delegation", target: "client" });
      expect(created.offset_ms).toBeGreaterThan(1000);
      expect(created).not.toHaveProperty("response_id");
      peer.send({ type: "session.commentary.append", content: "blue", delegation_id: created.delegation.id });
      silence(500);
      expect(peer.text("output")).toBe("Wait.It is blue");
    });

    it("to Responses, whose stream it passes on and whose tools the client answers", () => {
      const tools = [{ type: "function", name: "look", parameters: {} }, { type: "web_search" }];
      open({ voice }, { delegation: { type: "responses", responses: { model: "gpt-5.5", tools } } });
      say();
      silence(1500);
      const [created] = peer.of("session.delegation.created");
      expect(created.delegation).toEqual({ id: expect.any(String), type: "delegation", target: "responses", response_id: expect.stringMatching(/^resp_/) });
      const nested = peer.of("response.event");
      expect(nested.every(({ delegation_id }) => delegation_id === created.delegation.id)).toBe(true);
      expect(nested.map(({ event }) => event.type)).toEqual([
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
      ]);
      expect(nested.map(({ event }) => event.sequence_number)).toEqual(nested.map((_, i) => i));
      expect(nested[0].event.response).toMatchObject({ id: created.delegation.response_id, model: "gpt-5.5", output: [], tools: [], instructions: null });
      const { item } = nested.at(-2).event;
      expect(item).toMatchObject({ type: "function_call", name: "look", arguments: '{"deep":true}', status: "completed" });
      peer.send({ type: "session.commentary.append", content: "x", delegation_id: created.delegation.id });
      expect(peer.last().error).toMatchObject({ param: "delegation_id" });
      peer.send({ type: "response.item.create", item: { type: "function_call_output", call_id: item.call_id, output: "green" } });
      peer.send({ type: "response.create" });
      silence(500);
      expect(peer.text("output")).toBe("Wait.It is green");
      expect(peer.of("response.event").at(-1)).toMatchObject({ delegation_id: null, event: { type: "response.completed" } });
    });

    const questions = [
      { type: "predicate", name: "angry", instructions: "Angry?" },
      { type: "choice", instructions: "Which?", choices: [{ value: "a" }, { value: true }] },
      { type: "score", name: "mood", instructions: "How?", levels: [{ label: "bad" }, { label: "fair" }, { label: "good" }] },
    ];

    it("to Decisions, whose answers have the form of their questions, the same from the same seed", () => {
      const answers = () => {
        open({ voice }, { delegation: { type: "decisions", decisions: { model: "gpt-decide", questions } } });
        peer.send({ type: "decision.create", event_id: "d1" });
        return peer.last();
      };
      const event = answers();
      expect(event).toMatchObject({ type: "decision.event", client_event_id: "d1", delegation_id: null, trigger_id: null, source_event_id: null });
      const [predicate, choice, score] = event.event.decision.answers;
      expect(predicate).toEqual({ type: "predicate", name: "angry", probability: expect.any(Number) });
      expect(choice.probabilities.map(({ value }: Event) => value)).toEqual(["a", true]);
      expect(choice.confidence).toBe(Math.max(...choice.probabilities.map(({ probability }: Event) => probability)));
      for (const { probabilities } of [choice, score]) {
        expect(probabilities.reduce((sum: number, { probability }: Event) => sum + probability, 0)).toBeCloseTo(1, 6);
      }
      expect(score.score).toBeCloseTo(
        score.probabilities.reduce((sum: number, { probability, value }: Event) => sum + probability * value, 0),
        2,
      );
      expect(answers().event).toEqual(event.event);
      peer.send({ type: "decision.create", event_id: "d1" });
      expect(peer.last().error).toMatchObject({ code: "duplicate_event_id" });
      say();
      silence(1500);
      const [created] = peer.of("session.delegation.created");
      expect(created.delegation.target).toBe("decisions");
      expect(peer.of("decision.event").at(-1)).toMatchObject({ delegation_id: created.delegation.id });
    });

    it("keeps decision items, and fires triggers upon transcripts", () => {
      const triggers = [{ type: "decisions", event_type: "session.input_transcript.delta", decisions: { questions: questions.slice(0, 1) } }];
      open({ voice: echoVoice() }, {});
      peer.send({ type: "session.update", event_id: "u1", session: { triggers } });
      expect(peer.last()).toMatchObject({ type: "session.updated", client_event_id: "u1", session: { triggers } });
      peer.send({ type: "decision.item.create", item: { role: "user", content: "Hello" } });
      const { item } = peer.last();
      expect(item).toEqual({ id: expect.stringMatching(/^item_/), role: "user", content: "Hello" });
      peer.send({ type: "decision.item.delete", item_id: item.id });
      expect(peer.last()).toMatchObject({ type: "decision.item.deleted", item_id: item.id });
      say();
      silence(1500);
      const [delta] = peer.of("session.input_transcript.delta");
      expect(peer.of("decision.event")).toMatchObject([
        {
          delegation_id: null,
          trigger_id: expect.stringMatching(/^trig_/),
          source_event_id: delta.event_id,
          source_event_type: delta.type,
          event: { decision: { answers: [{}] } },
        },
      ]);
      peer.send({ type: "session.update", session: { triggers: [...triggers, ...triggers] } });
      expect(peer.last().error).toMatchObject({ param: "session.triggers" });
      peer.send({ type: "session.update", session: { delegation: { type: "responses" } } });
      expect(peer.last().error).toMatchObject({ param: "session.delegation.type" });
    });
  });
});

function g711(samples: Int16Array, type: "audio/pcmu" | "audio/pcma"): Uint8Array {
  return encodeWire(samples, { type });
}

function energy(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
