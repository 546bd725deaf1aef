/** The page of the official clients: each starts a conversation with the microphone, and what it tells is kept for the test to read. */
import { createOpenAI } from "@ai-sdk/openai";
import {
  OpenAIRealtimeWebRTC as AgentsWebRTC,
  OpenAIRealtimeWebSocket as AgentsWebSocket,
  RealtimeAgent,
  type RealtimeItem,
  RealtimeSession,
} from "@openai/agents-realtime";
import { Experimental_AbstractRealtimeSession as AbstractRealtimeSession, type Experimental_RealtimeState as RealtimeState } from "ai";
import OpenAI from "openai";
import { OpenAIRealtimeWebRTC } from "openai/realtime/webrtc";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";

/** What a client told. */
export interface Told {
  /** Names of events and states, in order; runs of one name are shortened to one. */
  readonly names: string[];
  readonly errors: string[];
  /** Bytes of speech that the client handed out. */
  audioBytes: number;
  /** How long the model could be heard on a media track, in ms. */
  loudMs: number;
  /** What the client shows of the conversation. */
  history: unknown[];
}

const told: Told = { names: [], errors: [], audioBytes: 0, loudMs: 0, history: [] };
const endings: (() => void)[] = [];
const LOUDNESS_INTERVAL_MS = 20;
let muting: (muted: boolean) => void = () => {};

function tell(name: string): void {
  if (told.names.at(-1) !== name) told.names.push(name);
}

function fail(error: unknown): void {
  told.errors.push(error instanceof Error ? error.message : JSON.stringify(error));
}

/** The microphone as 24 kHz PCM16, in the oldest way there is, which needs no second file. */
async function listen(give: (samples: Int16Array<ArrayBuffer>) => void): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext({ sampleRate: 24_000 });
  const processor = context.createScriptProcessor(2048, 1, 1);
  processor.onaudioprocess = ({ inputBuffer }) => {
    give(Int16Array.from(inputBuffer.getChannelData(0), (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)))));
  };
  context.createMediaStreamSource(stream).connect(processor).connect(context.destination);
  endings.push(() => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  });
}

/** A session of `@openai/agents-realtime`, with an ear on what it tells. */
function agentSession(transport: AgentsWebSocket | AgentsWebRTC): RealtimeSession {
  const config = { audio: { input: { turnDetection: { type: "server_vad" as const } } } };
  const session = new RealtimeSession(new RealtimeAgent({ name: "page", instructions: "Repeat." }), { transport, config });
  for (const name of ["agent_start", "agent_end", "audio_start", "audio_stopped", "audio_interrupted"] as const) session.on(name, () => tell(name));
  session.on("error", ({ error }) => fail(error));
  session.on("history_updated", (history: RealtimeItem[]) => {
    told.history = structuredClone(history);
  });
  return session;
}

/** Notes how much of what comes over a media track is louder than silence. */
function listenTo(stream: MediaStream): void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    if (Math.max(...samples) > 0.02) told.loudMs += LOUDNESS_INTERVAL_MS;
  }, LOUDNESS_INTERVAL_MS);
  endings.push(() => {
    clearInterval(timer);
    void context.close();
  });
}

/** Vercel's session keeps its state wherever its owner likes. */
class PageSession extends AbstractRealtimeSession {
  protected setState<K extends keyof RealtimeState>(key: K, value: RealtimeState[K]): void {
    if (key === "status") tell(`status ${value}`);
    if (key === "isPlaying") tell(value ? "playing" : "not playing");
    if (key === "messages") told.history = structuredClone(value) as unknown[];
  }
}

const page = {
  /** `@openai/agents-realtime` over WebSocket, with a client secret. */
  async agents(url: string, apiKey: string): Promise<void> {
    const session = agentSession(new AgentsWebSocket({ url }));
    session.on("audio", ({ data }) => {
      told.audioBytes += data.byteLength;
    });
    await session.connect({ apiKey });
    endings.push(() => session.close());
    await listen((samples) => session.sendAudio(samples.buffer));
  },

  /** The same over WebRTC, which takes the microphone and plays by itself; resolves with the id of the call. */
  async agentsRtc(url: string, apiKey: string): Promise<string | undefined> {
    const audioElement = document.createElement("audio");
    const transport = new AgentsWebRTC({ audioElement });
    const session = agentSession(transport);
    session.on("transport_event", ({ type }) => {
      if (type.startsWith("output_audio_buffer.") || type === "conversation.item.truncated") tell(type);
    });
    await session.connect({ apiKey, url });
    endings.push(() => session.close());
    muting = (muted) => session.mute(muted);
    listenTo(audioElement.srcObject as MediaStream);
    return transport.callId;
  },

  /** `openai`'s browser client, with a client secret. */
  async openai(baseURL: string, apiKey: string): Promise<void> {
    const realtime = new OpenAIRealtimeWebSocket({ model: "gpt-realtime-2.1" }, new OpenAI({ apiKey, baseURL, dangerouslyAllowBrowser: true }));
    realtime.on("error", fail);
    realtime.on("event", ({ type }) => tell(type));
    let itemId = "";
    let heardFromMs = 0;
    realtime.on("response.output_audio.delta", ({ delta, item_id }) => {
      if (item_id !== itemId) heardFromMs = performance.now();
      itemId = item_id;
      told.audioBytes += atob(delta).length;
    });
    realtime.on("input_audio_buffer.speech_started", () => {
      if (itemId !== "")
        realtime.send({ type: "conversation.item.truncate", item_id: itemId, content_index: 0, audio_end_ms: Math.floor(performance.now() - heardFromMs) });
    });
    await new Promise<void>((resolve) => realtime.on("session.created", () => resolve()));
    endings.push(() => realtime.close());
    await listen((samples) => {
      const bytes = new Uint8Array(samples.buffer);
      realtime.send({ type: "input_audio_buffer.append", audio: btoa(String.fromCharCode(...bytes)) });
    });
  },

  /** `openai`'s WebRTC helper: the application exchanges the descriptions; resolves with the call's address. */
  async openaiRtc(url: string, apiKey: string): Promise<string | null> {
    const realtime = new OpenAIRealtimeWebRTC();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) realtime.peerConnection.addTrack(track, stream);
    realtime.peerConnection.addEventListener("track", ({ track }) => {
      // Chromium decodes a remote track only for an element that plays it.
      const element = new Audio();
      element.srcObject = new MediaStream([track]);
      void element.play();
      listenTo(element.srcObject);
    });
    realtime.onEvent(({ type }) => tell(type));
    realtime.on("error", ({ error }) => fail(error));
    realtime.onConnectionEvent((event) => {
      if (event.type === "error") fail(event.error);
      if (event.type === "closed") tell(`closed ${event.reason}`);
    });
    let location: string | null = null;
    await realtime.connect({
      exchangeSdp: async (body, { signal }) => {
        const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/sdp" };
        const response = await fetch(url, { method: "POST", headers, body, signal });
        location = response.headers.get("location");
        return response.text();
      },
    });
    endings.push(() => {
      realtime.close();
      for (const track of stream.getTracks()) track.stop();
    });
    return location;
  },

  /** Switches the microphone off and on. */
  mute(muted: boolean): void {
    muting(muted);
  },

  /** Vercel's session: `token` is the application's address for setting up. */
  async vercel(token: string): Promise<void> {
    const session = new PageSession({
      model: createOpenAI({ apiKey: "not in a browser" }).experimental_realtime("gpt-realtime-2.1"),
      api: { token },
      sessionConfig: { turnDetection: { type: "server-vad" }, inputAudioTranscription: {} },
      onEvent: (event) => tell(event.type),
      onError: fail,
    });
    await session.connect();
    await session.resumeAudioCapture();
    endings.push(() => session.dispose());
  },

  /** What the client told so far. */
  told: (): Told => told,

  /** Ends what was started. */
  end(): void {
    for (const end of endings.splice(0)) end();
  },
};

/** The page's functions. */
export type ClientsPage = typeof page;

Object.assign(globalThis, { clients: page });
