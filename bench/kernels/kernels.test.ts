/** The plugs of Sidetone's own kernels, and that checks find what is broken. Nothing here is timed. */
import { describe, expect, test } from "vitest";
import { dataViewPcm16, googlePcm16 } from "../clients/pcm.ts";
import { applyBase64, atobBytes } from "../clients/text.ts";
import { checkDecode, checkEncode, plainBase64, randomBytes } from "./base64.ts";
import { groups as browserGroups } from "./browser.ts";
import { groups } from "./index.ts";
import { checkAppend, checkDelta } from "./messages.ts";
import { checkEncoder } from "./pcm16.ts";
import { type ResamplerPlug, sidetonePlug } from "./resampler-plugs.ts";
import { checkTone, projectTone, QUALITY_FIGURES, resamplerQuality, tonesThrough } from "./resampler-quality.ts";
import { checkPipe } from "./ring.ts";

test("groups and their contenders have names of their own", () => {
  for (const list of [groups, browserGroups]) {
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    for (const { id, suite, contenders } of list) {
      expect(id.startsWith(`${suite}/`)).toBe(true);
      expect(new Set(contenders.map((contender) => contender.id)).size).toBe(contenders.length);
    }
  }
});

describe("Sidetone's own contenders pass their checks", () => {
  const own = groups
    .filter(({ id }) => !id.startsWith("kernels/") || id === "kernels/resample-48-24")
    .flatMap(({ id, contenders }) =>
      contenders.filter(({ origin, id: name }) => origin === "sidetone" && !name.startsWith("strict")).map((contender) => ({ id, contender })),
    );

  test.each(own)("$id $contender.id", async ({ contender }) => {
    const runner = await contender.create();
    expect(await runner.check()).toMatchObject({ status: "right" });
    expect(runner.unitsPerCall).toBeGreaterThan(0);
    expect(Number.isInteger(runner.call())).toBe(true);
  });
});

describe("checks", () => {
  const plug = (process: ResamplerPlug["process"]) => tonesThrough(() => ({ process }), 48000, 24000);

  test("find a resampler that is silent, loses frames or makes too many", async () => {
    expect(
      await checkTone(
        plug(() => new Float32Array(0)),
        24000,
      ),
    ).toMatchObject({ status: "wrong" });
    expect(
      await checkTone(
        plug(() => new Float32Array(64)),
        24000,
      ),
    ).not.toMatchObject({ status: "right" });
    const tooMany = await checkTone(
      plug((input) => Float32Array.from({ length: 65 }, (_, i) => input[Math.min(127, 2 * i)])),
      24000,
    );
    expect(tooMany.status).toBe("flawed");
    expect(tooMany.text).toMatch(/\+156\d\d ppm frames/);
  });

  test("find encoders that wrap, truncate or are wrong altogether", () => {
    expect(checkEncoder(googlePcm16).text).toMatch(/wraps/);
    expect(checkEncoder((input) => new Int16Array(dataViewPcm16(input))).text).toBe("truncates");
    expect(checkEncoder((input) => new Int16Array(input.length)).status).toBe("wrong");
  });

  test("find wrong base64 and wrong messages", () => {
    expect(checkEncode(applyBase64).status).toBe("right");
    expect(checkEncode((bytes) => applyBase64(bytes).replaceAll("=", "")).status).toBe("wrong");
    expect(checkDecode(atobBytes).status).toBe("right");
    expect(checkDecode((text) => atobBytes(text).fill(0)).status).toBe("wrong");
    expect(checkAppend(() => '{"type":"input_audio_buffer.append","audio":""}').status).toBe("wrong");
    expect(checkDelta(() => new Uint8Array(960)).status).toBe("wrong");
  });

  test("find a ring that repeats", () => {
    expect(checkPipe(() => ({ push() {}, pop: (output) => void output.fill(0) })).status).toBe("wrong");
  });

  test("compare with base64 that Node agrees with", () => {
    for (const length of [0, 1, 2, 3, 100]) expect(plainBase64(randomBytes(length))).toBe(Buffer.from(randomBytes(length)).toString("base64"));
  });
});

describe("figures of quality", () => {
  test("a projection finds amplitude and residual", () => {
    const samples = Float32Array.from({ length: 4800 }, (_, i) => 0.5 * Math.cos((2 * Math.PI * 1000 * i) / 48000 + 1) + 0.001);
    const { amplitude, phase, residual } = projectTone(samples, 48000, 1000);
    expect(amplitude).toBeCloseTo(0.5, 5);
    expect(phase).toBeCloseTo(1, 4);
    expect(residual).toBeCloseTo(0.001, 5);
  });

  test("dropping every second sample keeps everything and lets everything through", async () => {
    const dropping = () => ({ process: (input: Float32Array) => input.filter((_, i) => i % 2 === 0) });
    const { figures, curves } = await resamplerQuality(tonesThrough(dropping, 48000, 24000), 48000, 24000, "quick");
    expect(figures[QUALITY_FIGURES[0]]).toBeGreaterThan(0.98);
    expect(figures[QUALITY_FIGURES[2]]).toBeCloseTo(0, 1);
    expect(figures[QUALITY_FIGURES[3]]).toBeGreaterThan(140);
    expect(curves?.alias.length).toBeGreaterThan(20);
  });

  test("Sidetone's low latency is what it says", async () => {
    const make = () => sidetonePlug(48000, 24000, "low-latency");
    const { figures } = await resamplerQuality(tonesThrough(make, 48000, 24000), 48000, 24000, "quick");
    expect(figures[QUALITY_FIGURES[0]]).toBeGreaterThan(0.93);
    expect(figures[QUALITY_FIGURES[2]]).toBeLessThan(-98);
    expect(figures[QUALITY_FIGURES[3]]).toBeGreaterThan(106);
  });
});
