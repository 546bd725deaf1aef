/** Every group of the suite, for Node. */
import type { Group } from "../measure/contender.ts";
import { nativeContenders } from "../native/resampler.ts";
import { base64Groups } from "./base64.ts";
import { fusedGroups } from "./fused.ts";
import { g711Groups } from "./g711.ts";
import { messageGroups } from "./messages.ts";
import { partGroups } from "./parts.ts";
import { pcm16Groups } from "./pcm16.ts";
import { resamplerGroups } from "./resampler.ts";
import { ringGroups } from "./ring.ts";

export const groups: readonly Group[] = [
  ...resamplerGroups(nativeContenders),
  ...pcm16Groups,
  ...g711Groups,
  ...base64Groups,
  ...messageGroups,
  ...ringGroups,
  ...fusedGroups,
  ...partGroups,
];
