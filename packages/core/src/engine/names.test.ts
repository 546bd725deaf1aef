import { describe, expect, it } from "vitest";
import { VERSION } from "../version.ts";
import { CAPTURE_PROCESSOR, PLAYBACK_PROCESSOR } from "./names.ts";

describe("processor names", () => {
  it("carry the version and differ, since a name registered twice silently keeps the first class", () => {
    for (const name of [CAPTURE_PROCESSOR, PLAYBACK_PROCESSOR]) expect(name.endsWith(`@${VERSION}`)).toBe(true);
    expect(CAPTURE_PROCESSOR).not.toBe(PLAYBACK_PROCESSOR);
  });
});
