import { checkKnown, checkRange } from "../check-options.ts";

/** Every default of the engine, with its unit and its reason. */
export const ENGINE_DEFAULTS = Object.freeze({
  /** ms of audio in one uplink packet: short enough not to add delay, long enough that base64 and JSON cost little. */
  packetMs: 20,
  /** ms of microphone audio kept while connecting or stalled; beyond it the oldest is dropped and counted. 60 s of PCM16 are 2.9 MB. */
  holdMs: 60_000,
  /** Bytes waiting in the socket above which audio is held back (about 4 s of PCM16 as base64). */
  highWaterBytes: 262_144,
  /** Bytes waiting in the socket below which held audio goes out again. */
  lowWaterBytes: 65_536,
  /** ms the server has to answer on an open connection: `session.created` and `session.updated` each. */
  answerTimeoutMs: 10_000,
  /** ms between statistics sent to the page. */
  statsIntervalMs: 250,
  /** ms between position reports of the playback worklet. */
  reportMs: 20,
});

/** Knobs of a session, in the units of their names; see {@link ENGINE_DEFAULTS} for what they mean. Packet and report lengths are the devices' business. */
export type EngineLimits = { readonly [Name in Exclude<keyof typeof ENGINE_DEFAULTS, "packetMs" | "reportMs">]?: number };

/** Largest limit: what timers can count, and plenty of bytes. */
const MAX_LIMIT = 2 ** 31 - 1;

/** Checks `limits` and fills in the defaults. @throws {TypeError} for an unknown name, {RangeError} for a value that is no number or below 1. */
export function resolveLimits(limits: EngineLimits): Required<EngineLimits> {
  const { packetMs: _packet, reportMs: _report, ...defaults } = ENGINE_DEFAULTS;
  checkKnown("limits", limits, Object.keys(defaults));
  for (const [name, value] of Object.entries(limits)) checkRange(`limits.${name}`, value, 1, MAX_LIMIT, name.endsWith("Bytes") ? "bytes" : "ms");
  const resolved = { ...defaults, ...limits };
  if (resolved.lowWaterBytes > resolved.highWaterBytes) {
    throw new RangeError(
      `limits.lowWaterBytes is ${resolved.lowWaterBytes} bytes; allowed is at most limits.highWaterBytes, ${resolved.highWaterBytes} bytes.`,
    );
  }
  return resolved;
}
