/** The session's numbers: a list of what is counted, and the graph of the playback buffer. */
import type { EngineStats, PipelineMeters } from "sidetone";
import { BufferGraph } from "./buffer-graph.ts";
import { byId, make, setText } from "./elements.ts";
import { count, duration, seconds } from "./format.ts";

interface Figure {
  readonly label: string;
  /** What it means, on hovering. */
  readonly help: string;
  readonly show: (stats: EngineStats) => string;
  /** Whether the value is bad news. */
  readonly bad?: (stats: EngineStats) => boolean;
}

const NOTHING = "–";

/** The page asks for the default format, PCM16 at 24 kHz. */
const FRAMES_PER_MS = 24;

const FIGURES: readonly Figure[] = [
  {
    label: "Response latency",
    help: "From the end of your speech to the first sound of the reply, in the last turn; the server's waiting for a pause included",
    show: ({ responseLatencyMs }) => (responseLatencyMs < 0 ? NOTHING : duration(responseLatencyMs)),
  },
  { label: "Output latency", help: "From the rendered sample to your ear, as the browser tells it", show: ({ outputLatencyMs }) => duration(outputLatencyMs) },
  {
    label: "Underruns",
    help: "Times the reply ran dry while it was playing, and the silence that cost",
    show: ({ underruns, underrunMs }) => (underruns === 0 ? "0" : `${count(underruns)} (${duration(underrunMs)})`),
    bad: ({ underruns }) => underruns > 0,
  },
  {
    label: "Delivery",
    help: "How the server delivers: ahead of time, at the pace of speech, or too slowly; and the delay that playback aims at when it is not ahead",
    show: ({ playout }) => (playout === null ? NOTHING : playout.pace === "burst" ? "ahead" : `${playout.pace}, ${duration(playout.targetMs)}`),
  },
  {
    label: "Concealed",
    help: "Sound made up in place of what had not come",
    show: ({ playout }) => (playout === null ? NOTHING : duration((playout.concealedSamples - playout.silentConcealedSamples) / FRAMES_PER_MS)),
  },
  {
    label: "Slower, faster",
    help: "Time put in to play slower when little was left, and taken out to catch up; the pitch stays",
    show: ({ playout }) =>
      playout === null
        ? NOTHING
        : `+${duration(playout.insertedSamplesForDeceleration / FRAMES_PER_MS)}, −${duration(playout.removedSamplesForAcceleration / FRAMES_PER_MS)}`,
  },
  { label: "Interruptions", help: "Replies that were cut", show: ({ interruptions }) => count(interruptions) },
  { label: "Truncations", help: "Times the server was told where a reply was cut", show: ({ truncations }) => count(truncations) },
  { label: "Late deltas", help: "Pieces of cut replies that still arrived and were dropped", show: ({ lateDeltas }) => count(lateDeltas) },
  { label: "Packets sent", help: "20 ms packets of your voice handed to the connection", show: ({ packetsSent }) => count(packetsSent) },
  { label: "Voice held back", help: "Voice that waits for the connection", show: ({ heldMs }) => duration(heldMs), bad: ({ heldMs }) => heldMs > 200 },
  {
    label: "Packets dropped",
    help: "Packets given up because too many were waiting, or lost on the way to the engine",
    show: ({ packetsDropped, packetsLost }) => count(packetsDropped + packetsLost),
    bad: ({ packetsDropped, packetsLost }) => packetsDropped + packetsLost > 0,
  },
  { label: "Voice sent", help: "Length of the audio sent", show: ({ sentMs }) => seconds(sentMs) },
  { label: "Reply received", help: "Length of the audio received", show: ({ receivedMs }) => seconds(receivedMs) },
  { label: "Reply played", help: "Length of the reply audio that was rendered", show: ({ playedMs }) => seconds(playedMs) },
  { label: "Events received", help: "Messages of the server", show: ({ eventsReceived }) => count(eventsReceived) },
];

/** Shows figures. */
export class FiguresView {
  readonly #graph = new BufferGraph(byId("buffer-graph", HTMLCanvasElement));
  readonly #depth = byId("buffer-value", HTMLElement);
  readonly #heard: HTMLElement;
  readonly #values: { readonly figure: Figure; readonly element: HTMLElement }[];

  constructor() {
    const list = byId("figures", HTMLElement);
    this.#heard = row(list, "Heard position", "How much of the current reply has reached your ear, exactly");
    this.#values = FIGURES.map((figure) => ({ figure, element: row(list, figure.label, figure.help) }));
    this.clear();
  }

  /** Back to no session. */
  clear(): void {
    this.#graph.clear();
    setText(this.#depth, NOTHING);
    setText(this.#heard, NOTHING);
    for (const { element } of this.#values) {
      setText(element, NOTHING);
      element.classList.remove("bad");
    }
  }

  /** Takes new statistics. */
  add(stats: EngineStats, nowMs: number): void {
    this.#graph.add(stats, nowMs);
    setText(this.#depth, duration(stats.bufferedMs));
    for (const { figure, element } of this.#values) {
      setText(element, figure.show(stats));
      element.classList.toggle("bad", figure.bad?.(stats) ?? false);
    }
  }

  /** Once per animation frame. */
  update(meters: PipelineMeters, nowMs: number): void {
    this.#graph.update(nowMs);
    setText(this.#heard, meters.itemId === null ? NOTHING : `${(meters.heardMs / 1000).toFixed(2)} s`);
  }
}

function row(list: HTMLElement, label: string, help: string): HTMLElement {
  const pair = make("div", "figure");
  const value = make("dd");
  const name = make("dt", "", label);
  name.title = help;
  pair.append(name, value);
  list.append(pair);
  return value;
}
