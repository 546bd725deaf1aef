/** Where a contender's time goes: V8's sampling profiler around some batches, in a process that is there for it, after the last round. */
import { Session } from "node:inspector/promises";
import type { Effort, ProfileRow } from "./contender.ts";
import { type CpuProfile, profileRows, SAMPLE_US } from "./profile-rows.ts";

/** ms of work that is sampled. */
const SAMPLED_MS: Readonly<Record<Effort, number>> = { quick: 150, full: 500 };

/** The profile of `work`, repeated for a while. */
export async function profiled(work: () => unknown, effort: Effort): Promise<ProfileRow[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    const endMs = performance.now() + SAMPLED_MS[effort];
    while (performance.now() < endMs) work();
    const { profile } = await session.post("Profiler.stop");
    return profileRows(profile as CpuProfile);
  } finally {
    session.disconnect();
  }
}
