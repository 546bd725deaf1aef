/** Everybody who takes part. */
import { SCHEDULED_CLIENTS } from "./clients-scheduled.ts";
import { WORKLET_CLIENTS } from "./clients-worklet.ts";
import { CLOCK_CLIENTS } from "./clock-positions.ts";
import { FIFO_PLAYERS } from "./fifo.ts";
import type { PlayerKind } from "./player.ts";
import { RTP_PLAYERS } from "./rtp-fixed.ts";
import { SIDETONE_PLAYERS } from "./sidetone.ts";
import { WAVTOOLS } from "./wavtools.ts";

export const PLAYERS: readonly PlayerKind[] = [
  ...SIDETONE_PLAYERS,
  WAVTOOLS,
  ...WORKLET_CLIENTS,
  ...SCHEDULED_CLIENTS,
  ...CLOCK_CLIENTS,
  ...FIFO_PLAYERS,
  ...RTP_PLAYERS,
];

/** Whether a player has any sound to judge on traces of a kind. */
export function plays(kind: PlayerKind, rtp: boolean): boolean {
  if (CLOCK_CLIENTS.includes(kind)) return false;
  return rtp ? kind.rtp : !RTP_PLAYERS.includes(kind);
}
