/** The groups that run in browsers as well: nothing of Node is imported from here. */
import type { Group } from "../measure/contender.ts";
import { base64Groups } from "./base64.ts";
import { fusedGroups } from "./fused.ts";
import { messageGroups } from "./messages.ts";
import { pcm16Groups } from "./pcm16.ts";
import { resamplerGroups } from "./resampler.ts";

export const groups: readonly Group[] = [...resamplerGroups(), ...pcm16Groups, ...base64Groups, ...messageGroups, ...fusedGroups].filter(
  ({ browser }) => browser,
);
