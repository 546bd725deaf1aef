/**
 * A WebRTC client for the emulator's own tests: a real peer connection over loopback that does what OpenAI's guide has a page do. Sends audio in real time, and keeps what
 * it hears by its place in the RTP stream, so that a test can say to the sample what the server played.
 */
import { MediaStreamTrack, type RTCDataChannel, RTCPeerConnection, type RTCPeerConnectionConfig, RTCRtpCodecParameters, RtpHeader, RtpPacket } from "werift";
import { type AudioCodec, FRAME_MS, FRAME_SAMPLES, type FrameDecoder, type FrameEncoder, TRACK_RATE } from "../src/rtc/audio-codec.ts";
import { PCMA, PCMU } from "../src/rtc/g711-codec.ts";
import { loadOpus } from "../src/rtc/opus-codec.ts";
import type { Event } from "./wire-client.ts";

/** Payload types as Chromium has them. */
const OFFERED: readonly (readonly [payloadType: number, mimeType: string, clockRate: number, channels: number])[] = [
  [111, "audio/opus", 48_000, 2],
  [0, "audio/PCMU", 8000, 1],
  [8, "audio/PCMA", 8000, 1],
];

/** What differs from a client with a microphone that speaks Opus. */
export interface RtcClientOptions {
  /** The codecs it offers, the preferred one first. Default: all. */
  readonly codecs?: readonly string[];
  /** Whether it has a microphone. Default: true. */
  readonly microphone?: boolean;
}

/** A client that is not connected yet. */
export class RtcClient {
  readonly events: Event[] = [];
  readonly channelStates: string[] = [];
  readonly payloadTypes: number[] = [];
  readonly channel: RTCDataChannel;
  readonly #connection: RTCPeerConnection;
  readonly #track = new MediaStreamTrack({ kind: "audio" });
  readonly #waiting = new Set<() => void>();
  readonly #heard = new Map<number, Int16Array>();
  readonly #codecs: ReadonlyMap<number, AudioCodec>;
  readonly #closers: (() => void)[] = [];
  #encoder: { encoder: FrameEncoder; payloadType: number; clockRate: number } | null = null;
  #decoder: { decoder: FrameDecoder; payloadType: number } | null = null;
  #firstTimestamp: number | null = null;
  #sent = 0;
  #sequence = 0;
  #queue: Int16Array = new Int16Array(0);
  /** Frames, by number, that are never sent. */
  readonly lost = new Set<number>();
  /** Whether frames of silence are not sent at all. */
  suppressSilence = false;

  static async create(options: RtcClientOptions = {}): Promise<RtcClient> {
    return new RtcClient(options, await loadOpus());
  }

  private constructor({ codecs = ["audio/opus", "audio/PCMU", "audio/PCMA"], microphone = true }: RtcClientOptions, opus: AudioCodec) {
    const wanted = codecs.map((name) => OFFERED.find(([, mimeType]) => mimeType === name) as (typeof OFFERED)[number]);
    const config: RTCPeerConnectionConfig = {
      iceServers: [],
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ["127.0.0.1"],
      iceInterfaceAddresses: { udp4: "127.0.0.1" },
      bundlePolicy: "max-bundle",
      codecs: {
        audio: wanted.map(([payloadType, mimeType, clockRate, channels]) => new RTCRtpCodecParameters({ payloadType, mimeType, clockRate, channels })),
        video: [],
      },
    };
    this.#codecs = new Map(
      wanted.map(([payloadType, mimeType]) => [payloadType, { "audio/opus": opus, "audio/PCMU": PCMU, "audio/PCMA": PCMA }[mimeType] as AudioCodec]),
    );
    this.#connection = new RTCPeerConnection(config);
    if (microphone) this.#connection.addTrack(this.#track);
    else this.#connection.addTransceiver("audio", { direction: "recvonly" });
    this.channel = this.#connection.createDataChannel("oai-events");
    this.channel.onMessage.subscribe((data) => {
      this.events.push(JSON.parse(data.toString()));
      this.#wake();
    });
    this.channel.stateChange.subscribe((state) => {
      this.channelStates.push(state);
      this.#wake();
    });
  }

  /** The offer, with all candidates. */
  async offer(): Promise<string> {
    const connection = this.#connection;
    await connection.setLocalDescription(await connection.createOffer());
    while (connection.iceGatheringState !== "complete") await connection.iceGatheringStateChange.asPromise();
    return connection.localDescription?.sdp ?? "";
  }

  /** Connects by the server's answer; resolves when the data channel is open. */
  async accept(answer: string): Promise<void> {
    for (const transport of this.#connection.dtlsTransports) transport.onRtp.subscribe(({ header, payload }) => this.#hear(header, payload));
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    await this.until(() => this.channel.readyState === "open");
    this.#speak();
  }

  /** Does what a page does: offer, POST, answer. Returns the reply. */
  async connect(url: string, init: { headers?: Record<string, string> } = {}): Promise<Response> {
    const body = await this.offer();
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/sdp", ...init.headers } });
    if (response.status === 201) await this.accept(await response.clone().text());
    return response;
  }

  /** Says `samples` (24 kHz) after what it says already; silence before and after. */
  say(samples: Int16Array): void {
    const queue = new Int16Array(this.#queue.length + samples.length);
    queue.set(this.#queue);
    queue.set(samples, this.#queue.length);
    this.#queue = queue;
  }

  /** Everything that was heard, 24 kHz, from the first packet on; what did not arrive is zero. */
  heard(): Int16Array {
    const end = Math.max(0, ...[...this.#heard].map(([at, samples]) => at + samples.length));
    const all = new Int16Array(end);
    for (const [at, samples] of this.#heard) all.set(samples, at);
    return all;
  }

  /** Length of what was heard, in ms. */
  get heardMs(): number {
    return (this.heard().length * 1000) / TRACK_RATE;
  }

  /** Number of 20 ms frames of its microphone so far. */
  get sentFrames(): number {
    return this.#sent;
  }

  send(event: object): void {
    this.channel.send(JSON.stringify(event));
  }

  /** Types of the events so far; runs of one type are shortened to one. */
  get types(): string[] {
    return this.events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  }

  all(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  async next(type: string, count = 1): Promise<Event> {
    await this.until(() => this.all(type).length >= count, `${type} ${count}`);
    return this.all(type)[count - 1];
  }

  /** Waits for something that comes with an event or a change of state. */
  async until(condition: () => boolean, what = "a condition", timeoutMs = 15_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for ${what}; got ${this.types.join(", ")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0)) closer();
    await this.#connection.sctpTransport?.stop();
    await new Promise((resolve) => setImmediate(resolve));
    await this.vanish();
  }

  /** Is gone without a word. */
  async vanish(): Promise<void> {
    for (const closer of this.#closers.splice(0)) closer();
    this.#encoder?.encoder.close();
    this.#encoder = null;
    this.#decoder?.decoder.close();
    this.#decoder = null;
    await this.#connection.close();
  }

  #speak(): void {
    const sender = this.#connection.getSenders()[0];
    const payloadType = sender?.codec?.payloadType;
    if (payloadType === undefined || sender?.track == null) return;
    const codec = this.#codecs.get(payloadType) as AudioCodec;
    this.#encoder = { encoder: codec.createEncoder(), payloadType, clockRate: codec.clockRate };
    const startMs = performance.now();
    const timer = setInterval(() => {
      while (startMs + this.#sent * FRAME_MS <= performance.now()) this.#sendFrame();
    }, 5);
    this.#closers.push(() => clearInterval(timer));
  }

  #sendFrame(): void {
    if (this.#encoder === null) return;
    const { encoder, payloadType, clockRate } = this.#encoder;
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(this.#queue.subarray(0, FRAME_SAMPLES));
    const silent = this.#queue.length === 0;
    this.#queue = this.#queue.slice(FRAME_SAMPLES);
    const index = this.#sent++;
    const payload = Buffer.from(encoder.encode(frame));
    if (silent && this.suppressSilence) return;
    // Sequence numbers count what is lost, and not what silence suppression leaves out.
    const sequenceNumber = this.#sequence++ & 0xffff;
    if (this.lost.has(index)) return;
    this.#track.writeRtp(
      new RtpPacket(new RtpHeader({ payloadType, sequenceNumber, timestamp: (index * clockRate * FRAME_MS) / 1000, marker: index === 0 }), payload),
    );
  }

  #hear(header: { payloadType: number; timestamp: number }, payload: Buffer): void {
    const codec = this.#codecs.get(header.payloadType);
    if (codec === undefined) return;
    this.#decoder ??= { decoder: codec.createDecoder(), payloadType: header.payloadType };
    this.#firstTimestamp ??= header.timestamp;
    this.payloadTypes.push(header.payloadType);
    const at = (((header.timestamp - this.#firstTimestamp) | 0) * TRACK_RATE) / codec.clockRate;
    this.#heard.set(at, this.#decoder.decoder.decode(payload));
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
