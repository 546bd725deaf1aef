import { describe, expect, it } from "vitest";
import { join, RAMP, type Rig, rig } from "../../test/fault-rig.ts";
import { deltaBytes } from "../../test/wire-client.ts";
import { checkSession, type EmulatorOptions, type Fault, type FaultPlan } from "../index.ts";

const withFault = (fault: Fault): EmulatorOptions => ({ faults: { faults: [fault] } });
const RESPOND = { type: "response.create" };
const CLEAR = { type: "input_audio_buffer.clear" };

/** One whole response, undisturbed: from `response.created` to `rate_limits.updated`. */
function respond({ clock, send }: Rig, ms = 3000): void {
  send(RESPOND);
  clock.advance(ms);
}

describe("a session without faults", () => {
  it("sends everything at once and lists nothing", () => {
    const one = rig({});
    respond(one);
    expect(one.wire.types.at(0)).toBe("session.created");
    expect(one.wire.timesOf("session.created")).toEqual([0]);
    expect(one.wire.types.at(-1)).toBe("rate_limits.updated");
    expect(one.wire.rest).toEqual([]);
    expect(one.session.faults.injected).toEqual([]);
  });
});

describe("the network", () => {
  it("delays events out, in order", () => {
    const one = rig({ faults: { out: { delayMs: { type: "uniform", min: 50, max: 250 } } } });
    respond(one);
    const plain = rig({});
    respond(plain);
    expect(one.wire.types).toEqual(plain.wire.types);
    expect(deltaBytes(one.wire.events)).toEqual(deltaBytes(plain.wire.events));
    const late = one.wire.told.map(({ atMs }, i) => atMs - (plain.wire.told[i]?.atMs ?? 0));
    expect(Math.min(...late)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...late)).toBeLessThan(250);
    expect(new Set(late.map(Math.round)).size).toBeGreaterThan(3);
  });

  it("delays events in, and the end of the connection behind them", () => {
    const one = rig({ faults: { in: { delayMs: 100 } } });
    one.send(CLEAR);
    one.network.ended(1000, "bye");
    one.clock.advance(99);
    expect(one.wire.types).toEqual(["session.created"]);
    expect(one.session.closed).toBeNull();
    one.clock.advance(1);
    expect(one.session.log.of("input_audio_buffer.clear", "in")).toHaveLength(1);
    expect(one.session.closed).toEqual({ atMs: 100, code: 1000, reason: "bye" });
  });

  it("limits bandwidth", () => {
    const one = rig({ faults: { out: { bytesPerSecond: 20_000 } } });
    respond(one, 20_000);
    const bytes = one.wire.told.reduce((total, { text }) => total + Buffer.byteLength(text), 0);
    const [first, last] = [one.wire.timesOf("response.created")[0] as number, one.wire.told.at(-1)?.atMs as number];
    expect(bytes).toBeGreaterThan(60_000);
    expect(last - first).toBeGreaterThan(((bytes - 5000) * 1000) / 20_000);
    expect(last - first).toBeLessThan((bytes * 1000) / 20_000 + 500);
  });

  it("reorders when it may", () => {
    const one = rig({ faults: { out: { delayMs: { type: "uniform", min: 0, max: 400 }, order: "free" } } });
    respond(one);
    const plain = rig({});
    respond(plain);
    expect(one.wire.types).not.toEqual(plain.wire.types);
    expect([...one.wire.types].sort()).toEqual([...plain.wire.types].sort());
  });

  it("does not touch sidebands", () => {
    const one = rig({ faults: { out: { delayMs: 100 } } });
    const other = join(one.registry, one.clock, "sideband");
    other.send(CLEAR);
    expect(other.wire.types).toEqual(["input_audio_buffer.cleared"]);
  });
});

describe("a stall", () => {
  it("holds up what goes out, then bursts", () => {
    const one = rig(withFault({ fault: "stall", blocks: "out", forMs: 600, when: { afterMs: 450 } }));
    respond(one);
    const plain = rig({});
    respond(plain);
    expect(one.wire.types).toEqual(plain.wire.types);
    const times = one.wire.told.map(({ atMs }) => atMs);
    expect(times.filter((atMs) => atMs > 450 && atMs < 1050)).toEqual([]);
    expect(times.filter((atMs) => atMs === 1050).length).toBeGreaterThan(3);
    expect(one.session.faults.injected).toEqual([{ atMs: 450, fault: "stall", index: 0, eventType: "", detail: "out for 600 ms" }]);
  });

  it("holds up what comes in", () => {
    const one = rig(withFault({ fault: "stall", blocks: "in", forMs: 300 }));
    one.send(CLEAR);
    one.send(CLEAR);
    one.clock.advance(299);
    expect(one.wire.types).toEqual(["session.created"]);
    one.clock.advance(1);
    expect(one.wire.types).toEqual(["session.created", "input_audio_buffer.cleared", "input_audio_buffer.cleared"]);
  });

  it("begins behind the event that sets it off, of either direction", () => {
    const out = rig(withFault({ fault: "stall", blocks: "out", forMs: 300, when: { type: "response.output_audio.delta", nth: 2 } }));
    respond(out);
    const [, second, third] = out.wire.timesOf("response.output_audio.delta") as [number, number, number];
    expect(third - second).toBeGreaterThanOrEqual(300);
    const inward = rig(withFault({ fault: "stall", forMs: 300, when: { direction: "in", nth: 2 } }));
    for (let i = 0; i < 3; i++) inward.send(CLEAR);
    inward.clock.advance(1000);
    expect(inward.wire.timesOf("input_audio_buffer.cleared")).toEqual([0, 0, 300]);
  });

  it("comes again and again", () => {
    const one = rig(withFault({ fault: "stall", forMs: { type: "trace", values: [10, 20] }, when: { everyMs: 100, untilMs: 450 } }));
    one.clock.advance(1000);
    expect(one.session.faults.injected.map(({ atMs, detail }) => `${atMs} ${detail}`)).toEqual([
      "100 both for 10 ms",
      "200 both for 20 ms",
      "300 both for 10 ms",
      "400 both for 20 ms",
    ]);
  });
});

describe("a disconnect", () => {
  it.each<[Fault, string]>([
    [{ fault: "disconnect", when: { afterMs: 100 } }, "close 1011"],
    [{ fault: "disconnect", code: 1012, reason: "restart", when: { afterMs: 100 } }, "close 1012 restart"],
    [{ fault: "disconnect", how: "fin", when: { afterMs: 100 } }, "fin"],
    [{ fault: "disconnect", how: "reset", when: { afterMs: 100 } }, "reset"],
  ])("%j tells the wire: %s", (fault, told) => {
    const one = rig(withFault(fault));
    one.clock.advance(99);
    expect(one.wire.rest).toEqual([]);
    one.clock.advance(1);
    expect(one.wire.rest).toEqual([told]);
    expect(one.session.faults.injected).toMatchObject([{ fault: "disconnect", atMs: 100 }]);
  });

  it.each<[string, Fault["when"] & object, (one: Rig) => void]>([
    ["the nth event", { nth: 5 }, ({ wire }) => expect(wire.types).toHaveLength(5)],
    [
      "the nth of a type",
      { type: "response.output_audio.delta", nth: 2 },
      ({ wire }) => expect(wire.types.filter((type) => type === "response.output_audio.delta")).toHaveLength(2),
    ],
    [
      "so many bytes",
      { afterBytes: 20_000 },
      ({ wire }) => expect(wire.told.reduce((total, { text }) => total + text.length, 0)).toBeGreaterThanOrEqual(20_000),
    ],
  ])("comes right behind %s", (_, when, check) => {
    const one = rig(withFault({ fault: "disconnect", how: "reset", when }));
    respond(one);
    expect(one.wire.told.at(-1)?.what).toBe("reset");
    check(one);
  });

  it("counts events of the client too", () => {
    const one = rig(withFault({ fault: "disconnect", how: "fin", when: { direction: "in", type: "input_audio_buffer.clear", nth: 2 } }));
    one.send(CLEAR);
    expect(one.wire.rest).toEqual([]);
    one.send(CLEAR);
    expect(one.wire.rest).toEqual(["fin"]);
  });

  it("waits in line with its close frame, and lets no event under way be lost", () => {
    const one = rig({ faults: { out: { delayMs: 100 }, faults: [{ fault: "disconnect", when: { type: "response.created" } }] } });
    one.send(RESPOND);
    one.clock.advance(200);
    expect(one.wire.told.map(({ what, atMs }) => `${what} ${atMs}`).slice(0, 3)).toEqual(["send 100", "send 100", "close 100"]);
  });

  it("concerns the sessions that were named", () => {
    const one = rig(withFault({ fault: "disconnect", when: { afterMs: 10, session: 2 } }));
    const second = join(one.registry, one.clock);
    const third = join(one.registry, one.clock);
    one.clock.advance(20);
    expect([one, second, third].map(({ wire }) => wire.rest.length)).toEqual([0, 1, 0]);
  });

  it("concerns sidebands when they are named", () => {
    const one = rig(withFault({ fault: "disconnect", code: 1001, when: { afterMs: 10, connection: "sideband" } }));
    const sideband = join(one.registry, one.clock, "sideband");
    one.clock.advance(20);
    expect(one.wire.rest).toEqual([]);
    expect(sideband.wire.rest).toEqual(["close 1001"]);
  });

  it("breaks off where the wire knows no better", () => {
    const one = rig(withFault({ fault: "disconnect", how: "reset", when: { afterMs: 10 } }));
    const told: string[] = [];
    one.session.attach({ kind: "data-channel", send: () => {}, close: () => told.push("close"), drop: () => told.push("drop") });
    one.clock.advance(20);
    expect(told).toEqual(["drop"]);
  });
});

describe("a half-open connection", () => {
  it("passes nothing any more, either way", () => {
    const one = rig(withFault({ fault: "half-open", when: { afterMs: 300 } }));
    one.send(RESPOND);
    one.clock.advance(299);
    const before = one.wire.told.length;
    one.clock.advance(5000);
    one.send(CLEAR);
    expect(one.wire.told.slice(before)).toEqual([{ atMs: 300, what: "freeze", text: "" }]);
    expect(one.session.log.of("input_audio_buffer.clear")).toEqual([]);
  });

  it("does not keep its session from ending", () => {
    const one = rig({ ...withFault({ fault: "half-open" }), sessionLimitMs: 1000 });
    one.clock.advance(1000);
    expect(one.wire.told.map(({ what }) => what)).toEqual(["freeze"]);
    expect(one.session.closed).toMatchObject({ atMs: 1000, code: 1001 });
  });

  it("can still be dropped by hand", () => {
    const one = rig(withFault({ fault: "half-open" }));
    one.session.drop();
    expect(one.wire.rest).toEqual(["freeze", "drop"]);
  });
});

describe("events", () => {
  const plain = rig({});
  respond(plain);
  const all = plain.wire.types;
  const deltas = all.filter((type) => type === "response.output_audio.delta").length;

  it("are dropped", () => {
    const one = rig(withFault({ fault: "drop", when: { type: "response.output_audio.delta", nth: [1, 3] } }));
    respond(one);
    expect(one.wire.types.filter((type) => type === "response.output_audio.delta")).toHaveLength(deltas - 2);
    expect(one.session.faults.injected.map(({ fault, eventType }) => `${fault} ${eventType}`)).toEqual(Array(2).fill("drop response.output_audio.delta"));
    // The log says what the session sent; what became of it stands in the list of faults.
    expect(one.session.log.of("response.output_audio.delta")).toHaveLength(deltas);
  });

  it("are dropped on their way in", () => {
    const one = rig(withFault({ fault: "drop", when: { direction: "in", every: 2 } }));
    for (let i = 0; i < 6; i++) one.send(CLEAR);
    expect(one.wire.types.filter((type) => type === "input_audio_buffer.cleared")).toHaveLength(3);
  });

  it("are dropped when they are session.created", () => {
    const one = rig(withFault({ fault: "drop", when: { type: "session.created" } }));
    one.send(CLEAR);
    expect(one.wire.types).toEqual(["input_audio_buffer.cleared"]);
  });

  it("come twice, or more often", () => {
    const one = rig(withFault({ fault: "duplicate", copies: 2, when: { type: "response.output_audio.delta" }, times: 1 }));
    respond(one);
    const texts = one.wire.told.filter(({ text }) => text.includes("response.output_audio.delta")).map(({ text }) => text);
    expect(texts).toHaveLength(deltas + 2);
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
    expect(texts[3]).not.toBe(texts[0]);
    const inward = rig(withFault({ fault: "duplicate", when: { direction: "in" } }));
    inward.send(CLEAR);
    expect(inward.wire.types.slice(1)).toEqual(["input_audio_buffer.cleared", "input_audio_buffer.cleared"]);
  });

  it("come late, behind others", () => {
    const one = rig(withFault({ fault: "reorder", behind: 2, when: { type: "response.created" } }));
    respond(one);
    const at = all.indexOf("response.created");
    const expected = [...all];
    expected.splice(at, 3, all[at + 1] as string, all[at + 2] as string, "response.created");
    expect(one.wire.types).toEqual(expected);
  });

  it("do not wait for others that do not come", () => {
    const one = rig(withFault({ fault: "reorder", forMs: 250, when: { type: "input_audio_buffer.cleared" } }));
    one.send(CLEAR);
    one.clock.advance(1000);
    expect(one.wire.timesOf("input_audio_buffer.cleared")).toEqual([250]);
  });

  it("are let go before the connection closes", () => {
    const one = rig(withFault({ fault: "reorder", when: { type: "input_audio_buffer.cleared" } }));
    one.send(CLEAR);
    one.session.close(1000, "");
    expect(one.wire.told.map(({ what }) => what)).toEqual(["send", "send", "close"]);
  });

  it("are spoilt by chance, and as often in each run", () => {
    const run = () => {
      const one = rig(withFault({ fault: "malform", as: "odd-bytes", when: { probability: 0.5 } }));
      for (let i = 0; i < 10; i++) respond(one);
      return one.wire.events.filter(({ type }) => type === "response.output_audio.delta").map(({ delta }) => Buffer.from(delta, "base64").length % 2);
    };
    const odd = run();
    expect(odd).toHaveLength(10 * deltas);
    expect(odd.filter((rest) => rest === 1).length).toBeGreaterThan(deltas * 2);
    expect(odd.filter((rest) => rest === 1).length).toBeLessThan(deltas * 8);
    expect(run()).toEqual(odd);
  });

  it("come spoilt before they come whole", () => {
    const one = rig(withFault({ fault: "malform", as: "unknown-type", target: "copy", when: { type: "session.created" } }));
    expect(one.wire.types).toEqual(["response.unheard_of.delta", "session.created"]);
  });

  it("come as binary messages", () => {
    const one = rig(withFault({ fault: "malform", as: "binary", when: { type: "session.created" } }));
    expect(one.wire.told).toMatchObject([{ what: "binary", text: expect.stringContaining("session.created") }]);
  });

  it("come with audio in another format than the response was announced with", () => {
    const one = rig(withFault({ fault: "malform", as: "wrong-encoding" }));
    one.send({ type: "session.update", session: { type: "realtime", audio: { output: { format: { type: "audio/pcma" } } } } });
    respond(one);
    // One second of A-law is 8000 bytes; it came as PCM16 at 24 kHz.
    expect(deltaBytes(one.wire.events).length).toBeGreaterThan(47_900);
    const pcm = rig(withFault({ fault: "malform", as: "wrong-rate" }));
    respond(pcm);
    expect(deltaBytes(pcm.wire.events).length).toBe((RAMP.length * 2 * 16) / 24);
  });
});

describe("generation", () => {
  const started = (one: Rig) => one.wire.timesOf("response.created")[0] as number;
  const audioTimes = (one: Rig) => one.wire.timesOf("response.output_audio.delta");

  it("is slower than real time", () => {
    const one = rig(withFault({ fault: "slow-generation", speedUp: 0.5 }));
    respond(one, 5000);
    const times = audioTimes(one);
    // The last delta, of up to 700 ms, goes out when what is before it was made: 500 ms and more at half the speed.
    expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThanOrEqual(600);
    const plain = rig({});
    respond(plain, 5000);
    const undisturbed = audioTimes(plain);
    expect((times.at(-1) as number) - (times[0] as number)).toBeCloseTo(8 * ((undisturbed.at(-1) as number) - (undisturbed[0] as number)), 3);
    expect(deltaBytes(one.wire.events)).toEqual(deltaBytes(plain.wire.events));
  });

  it("varies from response to response", () => {
    const one = rig(withFault({ fault: "slow-generation", speedUp: { type: "trace", values: [1, 4] } }));
    respond(one);
    respond(one);
    const times = audioTimes(one);
    const half = times.length / 2;
    const spans = [0, half].map((from) => (times[from + half - 1] as number) - (times[from] as number));
    expect(spans[0]).toBeCloseTo(4 * (spans[1] as number), 3);
  });

  it("thinks first", () => {
    const one = rig(withFault({ fault: "slow-generation", thinkMs: 2000 }));
    respond(one, 5000);
    expect((one.wire.timesOf("response.output_item.added")[0] as number) - started(one)).toBeGreaterThanOrEqual(2000);
  });

  it("pauses in the middle", () => {
    const one = rig(withFault({ fault: "slow-generation", pauses: { everyMs: 450, forMs: 900, count: 1 } }));
    respond(one, 5000);
    const times = audioTimes(one).map((atMs) => atMs - started(one));
    expect(times[0]).toBeLessThan(450);
    expect(times.slice(1).some((atMs, i) => atMs - (times[i] as number) >= 900)).toBe(true);
    expect(times.at(-1)).toBeLessThan(450 + 900 + 400);
  });

  it("hits the responses that were named", () => {
    const one = rig(withFault({ fault: "slow-generation", thinkMs: 1000, when: { nth: 2 } }));
    for (let i = 0; i < 3; i++) respond(one, 4000);
    const created = one.wire.timesOf("response.created");
    const added = one.wire.timesOf("response.output_item.added");
    expect(added.map((atMs, i) => atMs - (created[i] as number) >= 1000)).toEqual([false, true, false]);
  });
});

describe("the service", () => {
  it.each([
    ["insufficient_quota", "insufficient_quota"],
    ["rate_limit_exceeded", "invalid_request_error"],
    ["inference_rate_limit_exceeded", "invalid_request_error"],
    ["server_error", "server_error"],
    ["model_not_found", "invalid_request_error"],
    ["something_new", "invalid_request_error"],
  ])("fails a response with %s", (code, type) => {
    const one = rig(withFault({ fault: "response-fails", code }));
    respond(one);
    expect(one.wire.types).toEqual(["session.created", "response.created", "response.done", "rate_limits.updated"]);
    const { response } = one.wire.events[2];
    expect(response).toMatchObject({
      status: "failed",
      output: [],
      status_details: { type: "failed", error: { type, code, message: expect.stringMatching(/\w/) } },
    });
    expect(response.usage.output_tokens).toBe(0);
  });

  it("fails a response on its way, and makes the next one", () => {
    const one = rig(withFault({ fault: "response-fails", message: "Away.", afterMs: 500, when: { nth: 1 } }));
    respond(one);
    respond(one);
    const [first, second] = one.wire.events.filter(({ type }) => type === "response.done");
    expect(first.response).toMatchObject({
      status: "failed",
      output: [{ status: "incomplete" }],
      status_details: { error: { code: "server_error", message: "Away." } },
    });
    expect(one.wire.timesOf("response.done")[0]).toBe(500);
    expect(second.response.status).toBe("completed");
    expect(one.session.faults.injected).toMatchObject([{ fault: "response-fails", detail: "server_error after 500 ms" }]);
  });

  it("does not fail what is over before", () => {
    const one = rig(withFault({ fault: "response-fails", afterMs: 60_000 }));
    respond(one, 100_000);
    expect(one.wire.events.filter(({ type }) => type === "response.done").map(({ response }) => response.status)).toEqual(["completed"]);
  });

  it("refuses a commit", () => {
    const one = rig(withFault({ fault: "commit-fails", when: { nth: 1 } }));
    one.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });
    one.send({ type: "input_audio_buffer.append", audio: Buffer.from(RAMP.buffer).toString("base64") });
    one.send({ type: "input_audio_buffer.commit", event_id: "mine" });
    expect(one.wire.events.at(-1)).toMatchObject({ type: "error", error: { code: "input_audio_buffer_commit_empty", event_id: "mine" } });
    one.send({ type: "input_audio_buffer.commit" });
    expect(one.wire.types).toContain("input_audio_buffer.committed");
  });

  it("fails a transcription", () => {
    const one = rig(withFault({ fault: "transcription-fails", when: { nth: 2 } }));
    const audio = { input: { turn_detection: null, transcription: { model: "gpt-4o-transcribe" } } };
    one.send({ type: "session.update", session: { type: "realtime", audio } });
    for (let i = 0; i < 2; i++) {
      one.send({ type: "input_audio_buffer.append", audio: Buffer.from(RAMP.buffer).toString("base64") });
      one.send({ type: "input_audio_buffer.commit" });
      one.clock.advance(1000);
    }
    const told = one.wire.events.filter(({ type }) => /transcription\.(completed|failed)$/.test(type));
    expect(told.map(({ type }) => type.split(".").at(-1))).toEqual(["completed", "failed"]);
    expect(told[1]).toMatchObject({
      content_index: 0,
      error: { type: "server_error", code: null, message: `Input transcription failed for item '${told[1].item_id}'.`, param: null },
    });
  });

  it("expires a session before its time", () => {
    const one = rig(withFault({ fault: "expire", when: { afterMs: 2000 } }));
    one.clock.advance(2000);
    expect(one.wire.events.at(-1)).toMatchObject({ type: "error", error: { code: "session_expired" } });
    expect(one.wire.rest).toEqual(["close 1001 Your session hit the maximum duration of 60 minutes."]);
  });

  it("says and hears nothing behind its end, while the client's answer to the close is under way", () => {
    const one = rig(withFault({ fault: "expire", when: { afterMs: 2000 } }));
    one.clock.advance(2000);
    one.network.receive('{"type":"input_audio_buffer.clear"}');
    const { log } = one.session;
    expect(log.entries.at(-1)?.event).toMatchObject({ type: "error", error: { code: "session_expired" } });
    expect(log.of("input_audio_buffer.cleared")).toEqual([]);
  });

  it("greets before it expires at once", () => {
    const one = rig(withFault({ fault: "expire" }));
    one.clock.advance(1);
    expect(one.wire.types).toEqual(["session.created", "error"]);
    expect(one.wire.rest).toHaveLength(1);
  });

  it("sends an error, and closes if it is told to", () => {
    const one = rig(withFault({ fault: "error", code: "insufficient_quota", close: 4001, when: { type: "session.created" } }));
    expect(one.wire.events.at(-1)).toMatchObject({ type: "error", error: { type: "insufficient_quota", code: "insufficient_quota", event_id: null } });
    expect(one.wire.rest).toEqual(["close 4001 insufficient_quota.insufficient_quota"]);
    const mild = rig(withFault({ fault: "error", type: "server_error", message: "Hm.", when: { afterMs: 10 } }));
    mild.clock.advance(10);
    expect(mild.wire.events.at(-1)).toMatchObject({ error: { type: "server_error", message: "Hm." } });
    expect(mild.wire.rest).toEqual([]);
  });

  it("does not answer its own errors with errors", () => {
    const one = rig(withFault({ fault: "error", when: { every: 1 } }));
    one.send(CLEAR);
    expect(one.wire.types).toEqual(["session.created", "error", "input_audio_buffer.cleared", "error"]);
  });
});

describe("a plan", () => {
  const wild: FaultPlan = {
    preset: "train",
    faults: [
      { fault: "drop", when: { probability: 0.1 } },
      { fault: "duplicate", when: { probability: 0.1 } },
      { fault: "reorder", when: { probability: 0.1 } },
      { fault: "malform", as: "truncated", when: { probability: 0.05 } },
      { fault: "slow-generation", speedUp: { type: "uniform", min: 0.5, max: 4 }, pauses: { everyMs: 300, forMs: { type: "exponential", mean: 100 } } },
      { fault: "response-fails", when: { probability: 0.2 }, afterMs: { type: "uniform", min: 0, max: 500 } },
    ],
  };

  function play(one: Rig): unknown {
    for (let i = 0; i < 20; i++) respond(one, 4000);
    return [one.wire.told, one.session.faults.injected];
  }

  it("repeats with the seed, to the millisecond", () => {
    const first = play(rig({ faults: wild }));
    expect(play(rig({ faults: wild }))).toEqual(first);
    expect(play(rig({ faults: wild, seed: 8 }))).not.toEqual(first);
  });

  it("leaves the session itself in order: its log keeps the rules of the protocol", () => {
    const one = rig({ faults: wild });
    play(one);
    expect(checkSession(one.session.log.entries)).toEqual([]);
  });

  it("does not depend on other sessions", () => {
    const alone = rig({ faults: wild });
    play(alone);
    const busy = rig({ faults: wild });
    const other = join(busy.registry, busy.clock);
    for (let i = 0; i < 20; i++) {
      other.send(RESPOND);
      respond(busy, 4000);
    }
    expect(busy.wire.told).toEqual(alone.wire.told);
    expect(other.session.faults.injected).not.toEqual(busy.session.faults.injected);
  });

  it("keeps the faults it has when another is added", () => {
    const dropped = (faults: Fault[]) => {
      const one = rig({ faults: { faults } });
      for (let i = 0; i < 10; i++) respond(one);
      return one.session.faults.injected.filter(({ index }) => index === 0).map(({ atMs }) => atMs);
    };
    const drop: Fault = { fault: "drop", when: { type: "response.output_audio.delta", probability: 0.3 } };
    expect(dropped([drop]).length).toBeGreaterThan(2);
    expect(dropped([drop, { fault: "duplicate", when: { type: "response.done", probability: 0.5 } }])).toEqual(dropped([drop]));
  });

  it("can be replaced while the session runs", () => {
    const one = rig({ faults: { out: { delayMs: 100 }, faults: [{ fault: "drop", when: { type: "input_audio_buffer.cleared" } }] } });
    one.send(CLEAR);
    one.session.faults.set({ faults: [{ fault: "duplicate", when: { nth: 1 } }] });
    one.send(CLEAR);
    one.clock.advance(100);
    expect(one.wire.types).toEqual(["session.created", "input_audio_buffer.cleared", "input_audio_buffer.cleared"]);
    one.session.faults.set({});
    one.send(CLEAR);
    expect(one.wire.types).toHaveLength(4);
    expect(() => one.session.faults.set({ faults: [{ fault: "drop", times: -1 }] })).toThrow("plan.faults[0].times is -1");
    expect(one.session.faults.injected.map(({ fault }) => fault)).toEqual(["drop", "duplicate"]);
  });

  it("can be replaced for sessions to come", () => {
    const one = rig({});
    one.registry.faults.set({ faults: [{ fault: "drop", when: { type: "session.created" } }] });
    expect(join(one.registry, one.clock).wire.types).toEqual([]);
    one.send(CLEAR);
    expect(one.wire.types).toEqual(["session.created", "input_audio_buffer.cleared"]);
  });

  it("stops with its session, and leaves no timer behind", () => {
    const one = rig({ faults: "train" });
    respond(one);
    one.session.end(1000, "");
    one.network.ended(1000, "");
    const told = one.wire.told.length;
    one.clock.advance(3_600_000);
    expect(one.session.faults.injected.filter(({ atMs }) => atMs > 3000)).toEqual([]);
    expect(one.wire.told.length).toBe(told);
  });
});

describe("the networks by name", () => {
  it.each(["wifi", "lte", "train", "bad-hotel", "tcp-loss", "satellite"] as const)("%s carries a conversation, whole and in order", (faults) => {
    const one = rig({ faults: { preset: faults } });
    const plain = rig({});
    for (let i = 0; i < 3; i++) {
      respond(one, 20_000);
      respond(plain, 20_000);
    }
    const injected = one.session.faults.injected.map(({ fault }) => fault);
    if (!injected.includes("half-open")) expect(one.wire.types).toEqual(plain.wire.types);
    expect(one.wire.timesOf("session.created")[0]).toBeGreaterThan(0);
    expect(injected.every((fault) => fault === "stall" || fault === "half-open")).toBe(true);
  });
});
