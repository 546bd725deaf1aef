/** Every default of playout, with its unit and its reason. */
export const PLAYOUT_DEFAULTS = Object.freeze({
  /** ms of audio wanted before a reply starts; the first delta of a burst server brings 100 ms, so this adds no delay there. */
  startMs: 30,
  /** ms of the most that `startMs` grows to where the reply before starved at its start. */
  learnedStartMs: 250,
  /** ms of audio wanted at least before playback goes on after an underrun; half the target delay is wanted otherwise. */
  minRefillMs: 20,
  /** ms of audio wanted at most before playback goes on after an underrun. */
  maxRefillMs: 400,
  /** ms of delay that a paced server's playback has at least, from the fastest arrival on: what an adaptive target does not go below. */
  minDelayMs: 20,
  /** ms of target delay at most. */
  maxDelayMs: 1000,
  /** ms that may be queued in policy `continuous`, above which the oldest is passed over: a conversation with half a second of delay stops being one. */
  continuousMaxDelayMs: 500,
  /** ms of concealment at most where audio runs dry (ITU-T G.711 Appendix I goes silent after 60). */
  concealMs: 60,
  /** ms of fade where audio starts out of silence and where the queued audio ends. */
  fadeMs: 5,
  /** ms of fade-out on interruption and pause: short enough to be felt as immediate, long enough not to click. */
  cutFadeMs: 12,
  /** ms of fade-in where a paused reply goes on. */
  resumeFadeMs: 10,
  /** ms that a paused reply goes back at most, to the last quiet point: a word cut in two is not understood. */
  rewindMs: 400,
});
