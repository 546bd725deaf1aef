/** Test page: connects as OpenAI's guide to WebRTC has it, without any library, and records what it hears. */

/** Records every frame that passes; answers any message with all of it. */
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.port.onmessage = () => this.port.postMessage(this.blocks);
  }
  process(inputs) {
    this.blocks.push(inputs[0][0] ? inputs[0][0].slice() : new Float32Array(128));
    return true;
  }
});`;

const RATE = 48_000;

let connection: RTCPeerConnection;
let channel: RTCDataChannel;
let tap: AudioWorkletNode;
const events: { type: string }[] = [];
const states: string[] = [];

const page = {
  /** Connects to `url`; resolves when the data channel is open. */
  async connect(url: string, key: string, source: "microphone" | "none"): Promise<{ status: number; location: string | null; type: string | null }> {
    const context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
    tap = new AudioWorkletNode(context, "tap", { channelCount: 1, channelCountMode: "explicit" });
    connection = new RTCPeerConnection();
    connection.onconnectionstatechange = () => states.push(connection.connectionState);
    const player = document.createElement("audio");
    player.autoplay = true;
    connection.ontrack = ({ streams }) => {
      // Chromium gives a remote stream to Web Audio only while an element plays it.
      player.srcObject = streams[0];
      context.createMediaStreamSource(streams[0]).connect(tap);
    };
    if (source === "microphone") {
      const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
      connection.addTrack(stream.getTracks()[0]);
    } else connection.addTransceiver("audio", { direction: "recvonly" });
    channel = connection.createDataChannel("oai-events");
    channel.onmessage = ({ data }) => events.push(JSON.parse(data));
    channel.onclose = () => states.push("channel closed");
    const open = new Promise<void>((resolve) => {
      channel.onopen = () => resolve();
    });
    await connection.setLocalDescription(await connection.createOffer());
    const response = await fetch(url, {
      method: "POST",
      body: connection.localDescription?.sdp,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/sdp" },
    });
    const reply = { status: response.status, location: response.headers.get("location"), type: response.headers.get("content-type") };
    if (response.status !== 201) return reply;
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await open;
    return reply;
  },

  send(event: object): void {
    channel.send(JSON.stringify(event));
  },

  events: () => events,
  states: () => states,

  /** What was heard so far: mono, 48 kHz, as base64 of 32-bit floats. */
  async heard(): Promise<string> {
    const blocks = await new Promise<Float32Array[]>((resolve) => {
      tap.port.onmessage = ({ data }) => resolve(data);
      tap.port.postMessage(null);
    });
    const bytes = new Uint8Array(blocks.length * 128 * 4);
    for (const [i, block] of blocks.entries()) bytes.set(new Uint8Array(block.buffer), i * 512);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  },

  /** How the audio travels: codec and address of the server, from the connection's statistics. */
  async transport(): Promise<{ codec: string; address: string }> {
    let codec = "";
    let address = "";
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type === "codec") codec = stat.mimeType;
      if (stat.type === "remote-candidate") address = stat.address;
    }
    return { codec, address };
  },

  close(): void {
    connection.close();
  },
};

export type CallPage = typeof page;

Object.assign(window, { page });
