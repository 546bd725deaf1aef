/**
 * Source and sink of a process: samples in, samples out, at any rate. Whoever feeds and pulls them (a file, a phone line, a sound card) sets the pace.
 */
import { checkKnown, checkRange } from "@sidetone/core";
import { CaptureHost, checkPacketMs, PlaybackHost } from "@sidetone/core/engine";
import { formatRate } from "@sidetone/core/protocol";
import type { Sink, SinkContext, Source, SourceContext } from "../devices.ts";

/** Options of {@link pcmSource}. */
export interface PcmSourceOptions {
  /** Frames per second of what is written, in Hz: 8000 to 192000. */
  readonly rate: number;
  /** ms of audio in one packet: 10 to 200. Default: 20. */
  readonly packetMs?: number;
}

/** A source that is written to. */
export interface PcmSource extends Source {
  /** Takes mono frames, full scale +-1, of any number. Before the pipeline starts they are not kept; while it connects they are. */
  write(samples: Float32Array): void;
  /** Sends what is left of the last packet, padded with silence. */
  flush(): void;
}

/** Options of {@link pcmSink}. */
export interface PcmSinkOptions {
  /** Frames per second of what is pulled, in Hz: 8000 to 192000. */
  readonly rate: number;
  /** ms between a pull and the ear, deducted from what was heard: 0 to 4000. Default: 0. */
  readonly outputLatencyMs?: number;
}

/** A sink that is pulled from. */
export interface PcmSink extends Sink {
  /** Fills `output` with the next mono frames, silence where there is no reply. Time advances by what is pulled, so pull at the pace of playing. */
  pull(output: Float32Array): void;
}

/** A voice as samples. @throws {TypeError} for an unknown option, {RangeError} for a value out of its range. */
export function pcmSource(options: PcmSourceOptions): PcmSource {
  checkKnown("pcmSource()", options, ["rate", "packetMs"]);
  checkRange("rate", options.rate, 8000, 192_000, "Hz");
  if (options.packetMs !== undefined) checkPacketMs(options.packetMs);
  let host: CaptureHost | null = null;
  const channels: Float32Array[] = [];
  let muted = false;
  const tellMute = (): void => host?.receive({ type: "mute", muted });
  return {
    specVersion: 1,
    async open({ format, port }: SourceContext) {
      host = new CaptureHost({ deviceRate: options.rate, format, ...(options.packetMs === undefined ? {} : { packetMs: options.packetMs }) });
      host.attach(port);
      tellMute();
    },
    write(samples) {
      if (samples.length === 0) return;
      channels[0] = samples;
      host?.process(channels);
    },
    flush: () => host?.flush(),
    mute() {
      muted = true;
      tellMute();
    },
    unmute() {
      muted = false;
      tellMute();
    },
    async close() {
      host = null;
    },
  };
}

/** Replies as samples. @throws {TypeError} for an unknown option, {RangeError} for a value out of its range. */
export function pcmSink(options: PcmSinkOptions): PcmSink {
  checkKnown("pcmSink()", options, ["rate", "outputLatencyMs"]);
  checkRange("rate", options.rate, 8000, 192_000, "Hz");
  const outputLatencyMs = checkRange("outputLatencyMs", options.outputLatencyMs ?? 0, 0, 4000, "ms");
  let host: PlaybackHost | null = null;
  const channels: Float32Array[] = [];
  return {
    specVersion: 1,
    async open({ format, port, playout }: SinkContext) {
      host = new PlaybackHost({ mediaRate: formatRate(format), deviceRate: options.rate, playout });
      host.receive({ type: "latency", outputLatencyMs });
      host.attach(port);
    },
    pull(output) {
      if (output.length === 0) return;
      if (host === null) {
        output.fill(0);
        return;
      }
      channels[0] = output;
      host.process(channels);
      if (!host.alive) host = null;
    },
    async close() {
      // Whoever goes on pulling hears the reply fade out, not break off.
      host?.receive({ type: "retire" });
    },
  };
}
