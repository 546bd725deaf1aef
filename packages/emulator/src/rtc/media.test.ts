/**
 * Conversations with a real peer on loopback (ICE, DTLS, SRTP, SCTP) in real time: what is said arrives, what is answered is heard, and what the server says was heard is
 * what the client received.
 */
import { afterEach, describe, expect, it } from "vitest";
import { RtcClient, type RtcClientOptions } from "../../test/rtc-client.ts";
import { speech } from "../../test/wire-client.ts";
import { checkConformance, createEmulator, type Emulator, type EmulatorOptions, type SessionRecord, toneClip } from "../index.ts";
import { FRAME_SAMPLES, TRACK_RATE } from "./audio-codec.ts";

let emulator: Emulator | undefined;
let client: RtcClient;

async function connect(options: EmulatorOptions = {}, clientOptions: RtcClientOptions = {}): Promise<SessionRecord> {
  emulator = await createEmulator({ seed: 1, ...options });
  client = await RtcClient.create(clientOptions);
  await client.connect(`${emulator.httpUrl}/v1/realtime/calls?model=gpt-realtime-2.1`);
  await client.next("session.created");
  return emulator.sessions[0] as SessionRecord;
}

afterEach(async () => {
  await client.close();
  await emulator?.close();
  expect(emulator && checkConformance(emulator)).toEqual([]);
});

/** Where in `samples` the piece is, and how well it fits there; every fourth sample is looked at first. */
function locate(piece: Int16Array, samples: Int16Array, from = 0, to = samples.length): { at: number; correlation: number } {
  const score = (at: number, step: number) => {
    let ab = 0;
    let aa = 1;
    let bb = 1;
    for (let i = 0; i < piece.length; i += step) {
      const a = piece[i] as number;
      const b = samples[at + i] ?? 0;
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    return ab / Math.sqrt(aa * bb);
  };
  const search = (first: number, last: number, stride: number, step: number) => {
    let best = { at: first, correlation: -1 };
    for (let at = Math.max(0, first); at <= last; at += stride) {
      const correlation = score(at, step);
      if (correlation > best.correlation) best = { at, correlation };
    }
    return best;
  };
  const rough = search(from, to - piece.length, 3, 7);
  return search(rough.at - 6, rough.at + 6, 1, 1);
}

/** Index after the last sample that is clearly not silence. */
function lastSound(samples: Int16Array): number {
  return samples.findLastIndex((sample) => Math.abs(sample) > 300) + 1;
}

/** How much of a sound without pauses the client received before it was cut, in ms; waits until nothing of it can come any more. */
async function received(sound: Int16Array): Promise<number> {
  const endMs = client.heardMs;
  await client.until(() => client.heardMs > endMs + 500);
  const heard = client.heard();
  const piece = locate(sound.subarray(...seconds(0.2, 0.6)), heard);
  expect(piece.correlation).toBeGreaterThan(0.97);
  return ((lastSound(heard) - (piece.at - 0.2 * TRACK_RATE)) * 1000) / TRACK_RATE;
}

const seconds = (from: number, to: number) => [from * TRACK_RATE, to * TRACK_RATE] as const;

describe("a conversation over Opus", () => {
  it("finds the turn in what is said, and its echo is heard in real time", async () => {
    const said = speech("speech-b", TRACK_RATE);
    const session = await connect();
    // Far enough from the start for the padding of the turn.
    client.say(new Int16Array(TRACK_RATE / 2));
    client.say(said);
    const { response } = await client.next("response.done");
    await client.next("output_audio_buffer.stopped");

    // What the server heard is what was said, and media time is the client's.
    const input = session.input.clip();
    expect(input.rate).toBe(TRACK_RATE);
    const heardByServer = locate(said.subarray(...seconds(0.5, 1.5)), input.samples);
    expect(heardByServer.correlation).toBeGreaterThan(0.97);
    const atServer = heardByServer.at / TRACK_RATE - 0.5;
    const { audio_start_ms } = client.all("input_audio_buffer.speech_started")[0];
    const { audio_end_ms } = client.all("input_audio_buffer.speech_stopped")[0];
    expect([(audio_start_ms + 300) % 32, audio_end_ms % 32]).toEqual([0, 0]);
    expect(audio_end_ms / 1000 - atServer).toBeGreaterThan(3.2);
    expect(audio_end_ms / 1000 - atServer).toBeLessThan(4.3);
    expect(Math.abs(session.mediaMs - client.sentFrames * 20)).toBeLessThanOrEqual(100);

    // What the client heard is what the server recorded as said, whole and at its pace.
    const spoken = session.items.find(({ wire }) => wire.id === response.output[0].id)?.spoken?.clip().samples as Int16Array;
    const heard = client.heard();
    const first = locate(spoken.subarray(...seconds(0.5, 1.2)), heard);
    const last = locate(spoken.subarray(...seconds(2.2, 2.9)), heard);
    expect(first.correlation).toBeGreaterThan(0.97);
    expect(last.correlation).toBeGreaterThan(0.97);
    expect(Math.abs(last.at - first.at - 1.7 * TRACK_RATE)).toBeLessThan(3);
    // And the echo is the user's own words.
    expect(locate(said.subarray(...seconds(1, 1.8)), heard).correlation).toBeGreaterThan(0.9);
  });

  it("truncates at what the client received", async () => {
    const tone = toneClip(20_000, TRACK_RATE);
    await connect({ voice: { reply: () => [{ type: "message", text: "la la la la la la", audio: tone }] } });
    client.send({ type: "response.create" });
    await client.next("output_audio_buffer.started");
    await client.until(() => client.heardMs > 1500);
    client.say(speech("speech-b", TRACK_RATE));
    const { audio_end_ms, item_id } = await client.next("conversation.item.truncated");
    const order = client.types.slice(client.types.indexOf("input_audio_buffer.speech_started"));
    expect(order.slice(0, 2)).toEqual(["input_audio_buffer.speech_started", "output_audio_buffer.cleared"]);
    expect(item_id).toBe(client.all("response.output_item.added")[0].item.id);
    expect(audio_end_ms % 20).toBe(0);
    expect(Math.abs((await received(tone.samples)) - audio_end_ms)).toBeLessThanOrEqual(20);
  });

  it("is cut by the client's own events", async () => {
    const tone = toneClip(20_000, TRACK_RATE);
    await connect({ voice: { reply: () => [{ type: "message", text: "la la la", audio: tone }] } });
    client.send({ type: "response.create" });
    await client.next("output_audio_buffer.started");
    const startMs = client.heardMs;
    await client.until(() => client.heardMs > startMs + 800);
    client.send({ type: "response.cancel" });
    client.send({ type: "output_audio_buffer.clear" });
    const { audio_end_ms } = await client.next("conversation.item.truncated");
    await client.next("response.done");
    expect(audio_end_ms).toBeGreaterThanOrEqual(800);
    expect(Math.abs((await received(tone.samples)) - audio_end_ms)).toBeLessThanOrEqual(20);
  });

  it("needs no microphone", async () => {
    const session = await connect({ voice: "tone" }, { microphone: false });
    client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello." }] } });
    client.send({ type: "response.create" });
    await client.next("output_audio_buffer.stopped");
    expect(session.mediaMs).toBe(0);
    const tone = toneClip(3000, TRACK_RATE).samples;
    expect(locate(tone.subarray(...seconds(1, 1.5)), client.heard()).correlation).toBeGreaterThan(0.97);
  });

  it("keeps time over lost packets and suppressed silence", async () => {
    const session = await connect();
    const said = speech("speech-b", TRACK_RATE);
    for (const frame of [20, 21, 50, 51, 52, 53, 54, 90]) client.lost.add(client.sentFrames + frame);
    client.suppressSilence = true;
    client.say(said);
    const start = client.sentFrames * FRAME_SAMPLES;
    await client.next("input_audio_buffer.speech_stopped");
    const input = session.input.clip().samples;
    const early = locate(said.subarray(...seconds(0.1, 0.35)), input);
    const late = locate(said.subarray(...seconds(2.2, 2.9)), input);
    expect(late.correlation).toBeGreaterThan(0.97);
    expect(Math.abs(late.at - early.at - 2.1 * TRACK_RATE)).toBeLessThan(3);
    // The turn ended although no packet said so.
    expect(client.sentFrames * FRAME_SAMPLES - start).toBeGreaterThan(said.length);
    await client.next("output_audio_buffer.started");
  });
});

describe("a conversation over G.711", () => {
  it.each(["audio/PCMU", "audio/PCMA"])("%s, which the client prefers, works both ways", async (codec) => {
    const said = speech("speech-b", TRACK_RATE).subarray(...seconds(0, 1.6));
    const session = await connect({}, { codecs: [codec, "audio/opus"] });
    client.say(said);
    await client.next("response.done");
    await client.next("output_audio_buffer.stopped");
    expect(new Set(client.payloadTypes)).toEqual(new Set([codec === "audio/PCMU" ? 0 : 8]));
    expect(locate(said.subarray(...seconds(0.5, 1.2)), session.input.clip().samples).correlation).toBeGreaterThan(0.93);
    expect(locate(said.subarray(...seconds(0.7, 1.4)), client.heard()).correlation).toBeGreaterThan(0.9);
  });
});

describe("many calls", () => {
  it("leave nothing open", async () => {
    emulator = await createEmulator();
    const udp = () => process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length;
    const settle = async (count: number) => {
      for (let i = 0; i < 100 && udp() !== count; i++) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(udp()).toBe(count);
    };
    await settle(0);
    const clients: RtcClient[] = [];
    for (let i = 0; i < 5; i++) {
      client = await RtcClient.create();
      clients.push(client);
      await client.connect(`${emulator.httpUrl}/v1/realtime/calls?model=m`);
    }
    await settle(10);
    await Promise.all(clients.map((other) => other.close()));
    await settle(0);
    expect(emulator.sessions.every(({ closed }) => closed?.code === 1000)).toBe(true);
  });
});
