/**
 * The traces that are computed: every schedule, link and seed. `write.ts` puts them into `data/`; a test holds that the files are what this makes. Change one only knowingly: results of
 * different traces cannot be compared.
 */
import { blackouts, ideal, type Link, lossyTcp, lte, type Sent, wifi, wifiDelays } from "./links.ts";
import { SeededRandom } from "./random.ts";
import { type Arrival, type Trace, type TraceClass, type TraceOrigin, tenths } from "./trace.ts";

const RATE = 24000;
const MEDIA_FRAMES = RATE * 40;
/** Sizes of the deltas of a real response, in bytes of PCM16, cycled. */
const BURST_BYTES = [4800, 7200, 12000, 12000, 12000, 12000, 33600];

/** A server that runs ahead of the ear: a delta is sent when its last sample exists. */
function burst(speed: number): Sent[] {
  const sent: Sent[] = [];
  let end = 0;
  for (let i = 0; end < MEDIA_FRAMES; i++) {
    const frames = Math.min(BURST_BYTES[i % BURST_BYTES.length] / 2, MEDIA_FRAMES - end);
    end += frames;
    sent.push({ sendMs: ((end - BURST_BYTES[0] / 2) * 1000) / RATE / speed, frames });
  }
  return sent;
}

/** A server that sends `chunkMs` of audio every `chunkMs / speed`. */
function paced(chunkMs: number, speed = 1): Sent[] {
  const frames = (chunkMs * RATE) / 1000;
  return Array.from({ length: MEDIA_FRAMES / frames }, (_, i) => ({ sendMs: (i * chunkMs) / speed, frames }));
}

/** 480 ms of audio every 496 to 508 ms, as a model that makes audio in steps of that length sends it. */
function cadence(random: SeededRandom): Sent[] {
  let sendMs = 0;
  const frames = (480 * RATE) / 1000;
  return Array.from({ length: Math.ceil(MEDIA_FRAMES / frames) }, (_, i) => {
    const sent = { sendMs, frames: Math.min(frames, MEDIA_FRAMES - i * frames) };
    sendMs += random.between(496, 508);
    return sent;
  });
}

/** 10 tokens of 40 ms, then 90 at a time, made at 45 tokens a second. */
function tokens(): Sent[] {
  const sent: Sent[] = [];
  const tokenFrames = (40 * RATE) / 1000;
  let start = 0;
  for (let sendMs = 0, count = 10; start < MEDIA_FRAMES; count = 90) {
    sent.push({ sendMs, frames: Math.min(count * tokenFrames, MEDIA_FRAMES - start) });
    start += count * tokenFrames;
    sendMs += (90 / 45) * 1000;
  }
  return sent;
}

function streamed(id: string, kind: TraceClass, origin: TraceOrigin, title: string, sent: readonly Sent[], link: Link, note: string): Trace {
  const times = link(sent, new SeededRandom(id));
  let startFrame = 0;
  const arrivals = sent.map(({ frames }, i): Arrival => {
    const arrival = { atMs: tenths(times[i] - times[0]), startFrame, frames };
    startFrame += frames;
    return arrival;
  });
  return { id, title, class: kind, origin, rate: RATE, mediaFrames: MEDIA_FRAMES, arrivals, doneAtMs: arrivals[arrivals.length - 1].atMs, note };
}

/** Packets of 20 ms, `delays` ms each on the way (undefined: lost); the first and the last one arrive. */
function datagrams(id: string, title: string, delayOf: (sendMs: number, random: SeededRandom) => number | undefined, note: string): Trace {
  const random = new SeededRandom(id);
  const sent = paced(20);
  const arrivals = sent
    .map(({ sendMs, frames }, i) => {
      const delay = delayOf(sendMs, random);
      const edge = i === 0 || i === sent.length - 1;
      return { atMs: edge ? sendMs + (delay ?? 20) : delay === undefined ? Number.NaN : sendMs + delay, startFrame: i * frames, frames };
    })
    .filter(({ atMs }) => !Number.isNaN(atMs))
    .sort((a, b) => a.atMs - b.atMs);
  const first = arrivals[0].atMs;
  const timed = arrivals.map((arrival) => ({ ...arrival, atMs: tenths(arrival.atMs - first) }));
  const doneAtMs = timed[timed.length - 1].atMs;
  return { id, title, class: "rtp", origin: "model", rate: RATE, mediaFrames: MEDIA_FRAMES, arrivals: timed, doneAtMs, note };
}

/** Gilbert's channel: 8 packets lost in a row on average, 5 % in all. */
function gilbert(): (random: SeededRandom) => boolean {
  let bad = false;
  return (random) => {
    bad = bad ? random.next() >= 1 / 3 : random.next() < 0.0175;
    return bad;
  };
}

function rtpTraces(): Trace[] {
  const lost = gilbert();
  const jitter = (random: SeededRandom) => 20 + random.exponential(4);
  const wifiTimes = wifiDelays(paced(20), new SeededRandom("rtp20-wifi delays"));
  return [
    datagrams("rtp20-clean", "RTP 20 ms, a few ms of jitter", (_, random) => jitter(random), "Exponential jitter of 4 ms; packets may overtake."),
    datagrams("rtp20-loss5", "RTP 20 ms, 5 % lost one by one", (_, random) => (random.next() < 0.05 ? undefined : jitter(random)), "Independent losses."),
    datagrams(
      "rtp20-burstloss",
      "RTP 20 ms, 5 % lost in bursts",
      (_, random) => (lost(random) ? undefined : jitter(random)),
      "Gilbert channel: bursts of 3 packets (60 ms) on average.",
    ),
    datagrams(
      "rtp20-reorder",
      "RTP 20 ms, 8 % overtaken",
      (_, random) => jitter(random) + (random.next() < 0.08 ? random.between(25, 70) : 0),
      "One in twelve packets takes 25 to 70 ms longer.",
    ),
    datagrams("rtp20-wifi", "RTP 20 ms over Wi-Fi", (sendMs) => wifiTimes[sendMs / 20] - sendMs, "Contention of 6 ms, retries of 30 to 130 ms every 2.5 s."),
  ];
}

/** Where the early black-out begins at 3x, when 750 ms are in hand: a FIFO is then silent for the other 750 ms. */
const EARLY_MS = 463;

/** Every trace that is computed. */
export function generateTraces(): Trace[] {
  const wifiNote = "Model of shared Wi-Fi: contention of 6 ms, retries of 30 to 130 ms every 2.5 s or so; in order.";
  const lteNote = "Model of LTE on the move: 10 ms grants, handovers of 50 to 90 ms every 8 s or so, holes of 250 to 450 ms every 20 s or so; in order.";
  const sizes = "Delta sizes of a real response (4800, 7200, 12000 x 4, 33600 bytes, cycled); the speed is an assumption.";
  return [
    streamed("burst15-ideal", "burst", "synthetic", "burst at 1.5x", burst(1.5), ideal, sizes),
    streamed("burst3-ideal", "burst", "synthetic", "burst at 3x", burst(3), ideal, sizes),
    streamed("burst5-ideal", "burst", "synthetic", "burst at 5x", burst(5), ideal, sizes),
    streamed("burst3-stall200", "burst", "synthetic", "burst at 3x, stalls of 200 ms", burst(3), blackouts([100, 200], [2000, 200], [5000, 200]), sizes),
    streamed("burst15-stall1000", "burst", "synthetic", "burst at 1.5x, stalls of 1 s", burst(1.5), blackouts([4000, 1000], [12000, 1000]), sizes),
    streamed("burst3-stall1500", "burst", "synthetic", "burst at 3x, a stall of 1.5 s in the middle", burst(3), blackouts([5000, 1500]), sizes),
    streamed(
      "burst3-blackout",
      "burst",
      "synthetic",
      "burst at 3x, a black-out of 1.5 s at once",
      burst(3),
      blackouts([EARLY_MS, 1500]),
      `${sizes} A FIFO is silent for about 750 ms.`,
    ),
    ...([20, 40, 100] as const).flatMap((chunkMs) => [
      streamed(`paced${chunkMs}-clean`, "paced", "synthetic", `${chunkMs} ms just in time, no jitter`, paced(chunkMs), ideal, "As sent."),
      streamed(`paced${chunkMs}-wifi`, "paced", "model", `${chunkMs} ms just in time over Wi-Fi`, paced(chunkMs), wifi, wifiNote),
      streamed(`paced${chunkMs}-lte`, "paced", "model", `${chunkMs} ms just in time over LTE`, paced(chunkMs), lte, lteNote),
    ]),
    streamed(
      "paced40-tcp-loss1",
      "paced",
      "model",
      "40 ms just in time, TCP with 1 % loss, RTT 60 ms",
      paced(40),
      lossyTcp(0.01, 60),
      "Model of retransmission.",
    ),
    streamed(
      "paced40-tcp-loss2",
      "paced",
      "model",
      "40 ms just in time, TCP with 2 % loss, RTT 120 ms",
      paced(40),
      lossyTcp(0.02, 120),
      "Model of retransmission.",
    ),
    streamed(
      "paced40-stall400",
      "paced",
      "synthetic",
      "40 ms just in time, stalls of 400 ms",
      paced(40),
      blackouts([8000, 400], [17000, 400], [26000, 400], [34000, 400]),
      "As sent otherwise.",
    ),
    streamed("slow95-100", "slow", "synthetic", "0.95x, 100 ms chunks", paced(100, 0.95), ideal, "A server that makes 0.95 s of audio per second."),
    streamed("slow95-40", "slow", "synthetic", "0.95x, 40 ms chunks", paced(40, 0.95), ideal, "A server that makes 0.95 s of audio per second."),
    streamed(
      "slow-cadence480",
      "slow",
      "model",
      "480 ms every 496 to 508 ms",
      cadence(new SeededRandom("cadence")),
      ideal,
      "Cadence as published of a duplex model.",
    ),
    streamed(
      "slow-tokens",
      "slow",
      "synthetic",
      "10 tokens, then 90 at a time",
      tokens(),
      ideal,
      "40 ms a token, 45 tokens a second: faster than the ear, but 1.6 s late after the first chunk.",
    ),
    ...rtpTraces(),
  ];
}
