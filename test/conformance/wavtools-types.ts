/**
 * The compiler compares `sidetone/wavtools` with the types of `wavtools` 0.1.5; there is nothing to run.
 *
 * Every public method of the original must be there, take what the original takes and resolve with what the original resolves with; every public field must be there.
 * What differs is listed in {@link Deviations} with its reason: a difference that is not listed fails the compilation, and so does a listed one that is gone. Below
 * that, an app as people write it, compiled against both.
 */
import type * as Ours from "sidetone/wavtools";
import type * as Theirs from "wavtools";

/** Every intended difference, with its reason. */
interface Deviations {
  player: {
    /** The original returns null, too, when nothing plays; its types do not say so. */
    getTrackSampleOffset: "resolves otherwise";
    /** The same. */
    interrupt: "resolves otherwise";
    /** The original returns undefined, too, for an interrupted track. */
    add16BitPCM: "resolves otherwise";
    /** Where its worklet comes from: a blob: URL of its own there, an option here. */
    scriptSrc: "missing";
  };
  recorder: {
    scriptSrc: "missing";
    // What follows is private by its name or its use.
    _deviceChangeCallback: "missing";
    _devices: "missing";
    _lastEventId: "missing";
    _chunkProcessor: "missing";
    _chunkProcessorSize: "missing";
    _chunkProcessorBuffer: "missing";
    eventReceipts: "missing";
    eventTimeout: "missing";
  };
  packer: object;
  statics: object;
}

// biome-ignore lint/suspicious/noExplicitAny: any function, whatever it takes.
type Callable = (...args: any[]) => unknown;

/** Untyped there: anything will do. */
type IsAny<Type> = 0 extends 1 & Type ? true : false;

type Difference<Own, Their> =
  IsAny<Their> extends true
    ? never
    : Their extends Callable
      ? Own extends Callable
        ? Parameters<Their> extends Parameters<Own>
          ? Awaited<ReturnType<Own>> extends Awaited<ReturnType<Their>>
            ? never
            : "resolves otherwise"
          : "takes otherwise"
        : "missing"
      : never;

type Compare<Own, Their> = {
  [Name in keyof Their as Name extends keyof Own ? ([Difference<Own[Name], Their[Name]>] extends [never] ? never : Name) : Name]: Name extends keyof Own
    ? Difference<Own[Name], Their[Name]>
    : "missing";
};

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** What the compiler found; one that is not as listed does not compile, and its type names the difference. */
export const agreement: {
  player: Same<Compare<Ours.WavStreamPlayer, Theirs.WavStreamPlayer>, Deviations["player"]>;
  recorder: Same<Compare<Ours.WavRecorder, Theirs.WavRecorder>, Deviations["recorder"]>;
  packer: Same<Compare<Ours.WavPacker, Theirs.WavPacker>, Deviations["packer"]>;
  statics: Same<
    Compare<
      Pick<typeof Ours.WavRecorder, "decode"> & Omit<typeof Ours.WavPacker, "prototype">,
      Pick<typeof Theirs.WavRecorder, "decode"> & Omit<typeof Theirs.WavPacker, "prototype">
    >,
    Deviations["statics"]
  >;
  constructors: Same<
    [ConstructorParameters<typeof Theirs.WavStreamPlayer>, ConstructorParameters<typeof Theirs.WavRecorder>] extends [
      ConstructorParameters<typeof Ours.WavStreamPlayer>,
      ConstructorParameters<typeof Ours.WavRecorder>,
    ]
      ? true
      : false,
    true
  >;
} = { player: true, recorder: true, packer: true, statics: true, constructors: true };

/** A voice app on the Realtime API, as far as audio goes: the calls of the original's own documentation and of the console it was written for. */
export async function app({ WavRecorder, WavStreamPlayer }: typeof Theirs | typeof Ours, client: Client): Promise<void> {
  const recorder = new WavRecorder({ sampleRate: 24_000 });
  const player = new WavStreamPlayer({ sampleRate: 24_000 });
  await recorder.begin();
  await player.connect();
  client.onDelta = (item, delta) => {
    if (delta.audio) player.add16BitPCM(delta.audio, item.id);
  };
  client.onInterrupted = async () => {
    const heard = await player.interrupt();
    if (heard?.trackId) client.cancelResponse(heard.trackId, heard.offset);
  };
  await recorder.record((data) => client.appendInputAudio(data.mono));
  await recorder.record((data: { mono: Int16Array; raw: Int16Array }) => client.appendInputAudio(new Int16Array(data.mono)), 2400);
  const bars = recorder.recording ? recorder.getFrequencies("voice") : { values: new Float32Array([0]) };
  const shown: Float32Array = player.analyser ? player.getFrequencies("voice", -90, -20).values : bars.values;
  player.analyser.getFloatFrequencyData(shown);
  if (recorder.getStatus() === "recording") await recorder.pause();
  const { meanValues, channels } = await recorder.read();
  const saved = await recorder.save(true);
  const file = await WavRecorder.decode(saved.blob, 24_000, 24_000);
  client.show(file.url, saved.duration, meanValues, channels[0] ?? file.values);
  recorder.listenForDeviceChange((list: (MediaDeviceInfo & { default: boolean })[]) => client.devices(list));
  recorder.listenForDeviceChange(null);
  client.devices(await recorder.listDevices());
  await recorder.clear();
  const { blob, url, sampleRate, channelCount }: { blob: Blob; url: string; sampleRate: number; channelCount: number } = await recorder.end();
  client.show(url, blob.size / sampleRate / channelCount, meanValues, meanValues);
  await player.context.close();
  await recorder.quit();
}

/** What the app above talks to. */
interface Client {
  onDelta: (item: { id: string }, delta: { audio?: Int16Array }) => void;
  onInterrupted: () => Promise<void>;
  cancelResponse(id: string, sampleCount: number): void;
  appendInputAudio(audio: Int16Array | ArrayBuffer): void;
  devices(list: MediaDeviceInfo[]): void;
  show(url: string, seconds: number, mean: Float32Array, first: Float32Array): void;
}
