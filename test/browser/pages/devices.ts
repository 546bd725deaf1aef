/** Test page: what happens to devices around a session: who holds the microphone, which context plays, what may be used twice. */
import { createPipeline, mediaStream, microphone, SidetoneError, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";

/** Every track that getUserMedia gave to this page. */
const tracks: MediaStreamTrack[] = [];
let holdBack: Promise<void> = Promise.resolve();
const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await getUserMedia(constraints);
  tracks.push(...stream.getTracks());
  await holdBack;
  return stream;
};

const code = (error: unknown): string => (SidetoneError.is(error) ? error.code : String(error));

const page = {
  /** A worklet that does not load while the person is still deciding about the microphone: what becomes of the track, and with what the start fails. */
  async lateGrant(url: string): Promise<{ failed: string; tracks: string[] }> {
    let grant: () => void = () => undefined;
    holdBack = new Promise((resolve) => {
      grant = resolve;
    });
    const pipeline = createPipeline({ transport: webSocket({ url }), source: microphone({ workletUrl: "/nowhere.js" }) });
    const failed = await pipeline.start().then(() => "started", code);
    grant();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { failed, tracks: tracks.map((track) => track.readyState) };
  },
  /** A speaker with nothing but an output, used for two sessions one after the other; returns the loudest sample that passed the output in each. */
  async outputTwice(url: string): Promise<number[]> {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    analyser.connect(context.destination);
    const [source, sink] = [microphone(), speaker({ output: analyser })];
    const peaks: number[] = [];
    for (let session = 0; session < 2; session++) {
      const pipeline = createPipeline({ transport: webSocket({ url }), source, sink });
      await pipeline.start();
      pipeline.send({ type: "response.create" });
      const samples = new Float32Array(2048);
      let peak = 0;
      for (let i = 0; i < 60; i++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      }
      peaks.push(peak);
      await pipeline.close();
    }
    return peaks;
  },
  /** One source in two pipelines at the same time. */
  async shared(url: string): Promise<string> {
    const source = microphone();
    const first = createPipeline({ transport: webSocket({ url }), source });
    await first.start();
    const second = createPipeline({ transport: webSocket({ url }), source });
    const failed = await second.start().then(() => "started", code);
    await first.close();
    return failed;
  },
  /** A stream without sound; a stream of the app's own that ends after the session. */
  async streams(url: string): Promise<{ silent: string; afterClose: string[]; ownTrack: string }> {
    const silent = await createPipeline({ transport: webSocket({ url }), source: mediaStream(new MediaStream()) })
      .start()
      .then(() => "started", code);
    const stream = await getUserMedia({ audio: true });
    const pipeline = createPipeline({ transport: webSocket({ url }), source: mediaStream(stream) });
    const afterClose: string[] = [];
    await pipeline.start();
    await pipeline.close();
    const ownTrack = stream.getAudioTracks()[0].readyState;
    pipeline.on("error", (error) => afterClose.push(error.code));
    stream.getAudioTracks()[0].dispatchEvent(new Event("ended"));
    return { silent, afterClose, ownTrack };
  },
  /** Settings and events as frameworks keep them: inside proxies. */
  async proxies(url: string): Promise<{ sent: string[]; failed: string }> {
    const sent: string[] = [];
    const session = new Proxy({ instructions: "Be brief.", tools: new Proxy([], {}) }, {});
    const pipeline = createPipeline({ transport: webSocket({ url }), session });
    pipeline.on("sent", (event) => sent.push(event.type));
    const failed = await pipeline.start().then(() => "", code);
    pipeline.send(new Proxy({ type: "input_audio_buffer.clear" as const }, {}));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await pipeline.close();
    return { sent, failed };
  },
};

/** What tests see of the page. */
export type DevicesPage = typeof page;

Object.assign(globalThis, { devices: page });
