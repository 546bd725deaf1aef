/**
 * How a model behaves on the wire: its session defaults, how fast its audio comes and in what pieces. The figures are measured on recorded sessions; where nothing was
 * recorded the newest model's stand in. Times are wall time in ms unless they say media.
 */

import type { VadName } from "./vad/choice.ts";

/** The behaviour of one model. */
export interface Profile {
  /** Voice of a new session. */
  readonly voice: string;
  /** `silence_duration_ms` of a new session, in ms of media. */
  readonly silenceDurationMs: number;
  /** The detector behind `server_vad`, as recorded sessions show it: `silero-v6` on OpenAI's service, `silero-v5` on Azure's. */
  readonly vad: VadName;
  /** Sizes of the first audio deltas, in ms of media. */
  readonly deltaHeadMs: readonly number[];
  /** Size of the deltas after those, in ms of media. */
  readonly deltaBodyMs: number;
  /** As soon as no more than this is left, it goes out as one last delta, in ms of media. */
  readonly deltaLastMaxMs: number;
  /** How many times faster than real time the audio is sent. */
  readonly speedUp: number;
  /** From `response.created` to the first audio delta. */
  readonly firstAudioDelayMs: number;
  /** How long before the first audio delta the item and the first words of its transcript come. */
  readonly transcriptLeadMs: number;
  /** How many pieces of the transcript come before the first audio delta. */
  readonly transcriptLeadPieces: number;
  /** From the commit of a user's audio to its transcription. */
  readonly transcriptionDelayMs: number;
  /** From a client's `response.cancel` to the end of the response; what is generated meanwhile still comes. */
  readonly cancelDelayMs: number;
  /** How long a call to an MCP tool takes, and the import of an MCP server's list of tools. */
  readonly mcpCallMs: number;
  /** Whether the next item of a response is announced before the one before it is done. */
  readonly overlappingItems: boolean;
  /** `phase` of the model's messages, or null where the model does not give one. */
  readonly phase: "commentary" | "final_answer" | null;
}

/** Settings of a profile that differ from the model's own. */
export type ProfileOverrides = Partial<Profile>;

const NEWEST: Profile = Object.freeze({
  voice: "marin",
  silenceDurationMs: 500,
  vad: "silero-v6",
  deltaHeadMs: Object.freeze([100, 150, 250]),
  deltaBodyMs: 250,
  deltaLastMaxMs: 700,
  speedUp: 4,
  firstAudioDelayMs: 400,
  transcriptLeadMs: 200,
  transcriptLeadPieces: 3,
  transcriptionDelayMs: 300,
  cancelDelayMs: 150,
  mcpCallMs: 300,
  overlappingItems: true,
  phase: "final_answer",
});

/** The known profiles by model name. */
export const PROFILES = Object.freeze({
  "gpt-realtime-2.1": NEWEST,
  "gpt-realtime-2": NEWEST,
  "gpt-realtime-2.1-mini": NEWEST,
  "gpt-realtime-1.5": Object.freeze({ ...NEWEST, overlappingItems: false, phase: null }),
  "gpt-realtime": Object.freeze({ ...NEWEST, voice: "alloy", silenceDurationMs: 200, overlappingItems: false, phase: null }),
  "gpt-realtime-mini": Object.freeze({
    ...NEWEST,
    voice: "alloy",
    silenceDurationMs: 200,
    deltaHeadMs: Object.freeze([]),
    deltaBodyMs: 400,
    deltaLastMaxMs: 400,
    overlappingItems: false,
    phase: null,
  }),
});

/** A model whose behaviour is known. */
export type ProfileName = keyof typeof PROFILES;

/** The behaviour of `model`: its own profile, also with a date behind the name, else the newest one; `overrides` win. */
export function profileFor(model: string, overrides: ProfileOverrides = {}): Profile {
  const undated = model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  const base = Object.hasOwn(PROFILES, undated) ? PROFILES[undated as ProfileName] : NEWEST;
  return { ...base, ...overrides };
}

/** Sizes in ms of the deltas in which `totalMs` of audio goes out. The last one takes what is left and may have a fraction. */
export function deltaSizes(totalMs: number, profile: Pick<Profile, "deltaHeadMs" | "deltaBodyMs" | "deltaLastMaxMs">): number[] {
  const sizes: number[] = [];
  let left = totalMs;
  for (const size of profile.deltaHeadMs) {
    if (left <= size) break;
    sizes.push(size);
    left -= size;
  }
  while (left > profile.deltaLastMaxMs) {
    const size = Math.min(left, profile.deltaBodyMs);
    sizes.push(size);
    left -= size;
  }
  if (left > 0) sizes.push(left);
  return sizes;
}
