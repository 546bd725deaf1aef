/** Every default of playout, with its unit and its reason. */
export const PLAYOUT_DEFAULTS = Object.freeze({
  /** ms of audio wanted before a reply starts; the first delta of a burst server brings 100 ms, so this adds no delay there. */
  startMs: 30,
  /** ms of audio wanted before playback goes on after an underrun. */
  refillMs: 100,
  /** ms of fade where audio starts out of silence and where the queued audio ends; as much is held back so that there is always something to fade. */
  fadeMs: 5,
  /** ms of fade-out on interruption and pause: short enough to be felt as immediate, long enough not to click. */
  cutFadeMs: 12,
});
