/** Reads what an emulator's session recorded. */

import type { ItemRecord, SessionRecord } from "@sidetone/emulator";
import { resample } from "sidetone/testing";

/** The items that the model spoke, in order of making, also deleted ones. */
export function spokenItems(session: SessionRecord): ItemRecord[] {
  return session.items.filter((item) => item.spoken !== null);
}

/** What was sent for an item, at `rate` Hz. */
export function spokenSamples(item: ItemRecord, rate: number): Float32Array {
  const clip = item.spoken?.clip();
  if (clip === undefined) return new Float32Array(0);
  return resample(
    Float32Array.from(clip.samples, (sample) => sample / 32_768),
    clip.rate,
    rate,
  );
}
