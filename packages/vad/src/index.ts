/**
 * Voice activity detection with Silero's models: synchronous, without a runtime of its own, for any JavaScript environment. In Node, `@sidetone/vad/node` reads the weights.
 */
export type { SileroGeneration } from "./model-file.ts";
export { createMemory, type Network, SILERO_FRAME, SILERO_RATE, type SileroMemory } from "./network.ts";
export { type SileroEngine, SileroModel, type SileroModelOptions } from "./silero-model.ts";
export { SileroVad } from "./silero-vad.ts";
export type { Vad } from "./vad.ts";
