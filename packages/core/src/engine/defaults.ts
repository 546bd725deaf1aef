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
  /** ms the server has to answer: connection, `session.created` and `session.updated` each. */
  answerTimeoutMs: 10_000,
  /** ms between statistics sent to the page. */
  statsIntervalMs: 250,
  /** ms between position reports of the playback worklet. */
  reportMs: 20,
});
