/** Sidetone's heart. It has no runtime: whatever runs it (a worklet, a worker, Node, a test) hands in time, sockets and devices. */
export { checkKnown, checkRange } from "./check-options.ts";
export type { Clock } from "./clock.ts";
export * from "./dsp/index.ts";
export * from "./engine/index.ts";
export { describe, type PlainSidetoneError, SidetoneError, type SidetoneErrorCode, type SidetoneErrorOptions } from "./errors.ts";
export * from "./playout/index.ts";
export * from "./protocol/index.ts";
export * from "./transport/index.ts";
export { VERSION } from "./version.ts";
