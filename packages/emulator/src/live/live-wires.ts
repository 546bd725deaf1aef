/**
 * The connections of a Live session, and what goes over which: events to all of them, audio in the session's format to the client's own WebSocket, both directions at
 * 24 kHz and with times to sidebands, and to a data channel what its permissions let through. Everything sent is logged and, if it is audio, taped.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { encodeWire } from "../audio.ts";
import type { Ids } from "../ids.ts";
import { InputTape } from "../record/input-tape.ts";
import { TRACK_FORMAT } from "../session/context.ts";
import type { Hub } from "../streaming/hub.ts";
import type { SessionWire } from "../wire.ts";
import type { LiveSpan } from "./live-audio.ts";
import type { LiveEventBody, LiveServerEvent } from "./live-events.ts";
import type { LiveEncoder } from "./live-format.ts";
import { allowsServerEvent, type DataChannelPermissions } from "./live-permissions.ts";

/** What the connections need of their session. */
export interface LiveWiresOptions {
  readonly hub: Hub;
  readonly ids: Ids;
  /** Audio kept for the record, in ms, each way. */
  readonly recordLimitMs: number;
  /** What data channels may get. */
  permissions(): DataChannelPermissions;
  /** Where the model's voice goes instead of a WebSocket, at 24 kHz. */
  readonly onAudio?: (samples: Int16Array) => void;
}

/** Sends for one session. */
export class LiveWires {
  /** What was heard, at 24 kHz. */
  readonly input: InputTape;
  /** What was said, at 24 kHz. */
  readonly output: InputTape;
  readonly #options: LiveWiresOptions;
  readonly #wires = new Set<SessionWire>();

  constructor(options: LiveWiresOptions) {
    this.#options = options;
    this.input = new InputTape(options.recordLimitMs);
    this.output = new InputTape(options.recordLimitMs);
  }

  /** How many connections there are. */
  get count(): number {
    return this.#wires.size;
  }

  /** Adds a connection. */
  add(wire: SessionWire): void {
    this.#wires.add(wire);
  }

  /** Forgets a connection that is gone. */
  remove(wire: SessionWire): void {
    this.#wires.delete(wire);
  }

  /** Sends an event to all connections, or to `only`; `answers` is the `event_id` that it answers. Returns its id. */
  send(event: LiveEventBody, answers?: string, only?: SessionWire): string {
    const event_id = this.#options.ids.next("event");
    const whole: LiveServerEvent = { event_id, ...event, ...(answers !== undefined && { client_event_id: answers }) };
    const permissions = this.#options.permissions();
    const wires = only === undefined ? [...this.#wires] : [only];
    this.#options.hub.send(
      whole,
      wires.filter(({ kind }) => kind !== "data-channel" || allowsServerEvent(permissions, whole)),
    );
    return event_id;
  }

  /** Audio of the client: sidebands hear it too, muted or not. */
  heard(samples: Int16Array): void {
    this.input.append(samples, samples.length * 2, TRACK_FORMAT, this.#options.hub.nowMs);
    const sidebands = this.#of("sideband");
    if (sidebands.length > 0) this.#sound({ type: "session.input_audio.append", audio: base64(samples) }, sidebands);
  }

  /** Audio of the model. */
  said(samples: Int16Array, span: LiveSpan, encoder: LiveEncoder): void {
    this.output.append(samples, samples.length * 2, TRACK_FORMAT, this.#options.hub.nowMs);
    const sidebands = this.#of("sideband");
    if (sidebands.length > 0) this.#sound({ type: "session.output_audio.delta", delta: base64(samples), ...span }, sidebands);
    if (this.#options.onAudio !== undefined) {
      this.#options.onAudio(samples);
      return;
    }
    const bytes = encoder.encode(samples);
    if (bytes.length > 0) this.#sound({ type: "session.output_audio.delta", delta: encodeBase64(bytes) }, this.#of("websocket"));
  }

  /** Closes all connections. */
  close(code: number, reason: string): void {
    for (const wire of this.#wires) wire.close(code, reason);
    this.#wires.clear();
  }

  #of(wanted: SessionWire["kind"]): SessionWire[] {
    return [...this.#wires].filter(({ kind }) => kind === wanted);
  }

  #sound(event: LiveServerEvent, wires: readonly SessionWire[]): void {
    this.#options.hub.send(event, wires);
  }
}

function base64(samples: Int16Array): string {
  return encodeBase64(encodeWire(samples, TRACK_FORMAT));
}
