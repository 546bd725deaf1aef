/** Everybody who takes part. */
import { FIFO_PLAYERS } from "./fifo.ts";
import type { PlayerKind } from "./player.ts";
import { SIDETONE_PLAYERS } from "./sidetone.ts";
import { WAVTOOLS } from "./wavtools.ts";

export const PLAYERS: readonly PlayerKind[] = [...SIDETONE_PLAYERS, WAVTOOLS, ...FIFO_PLAYERS];
