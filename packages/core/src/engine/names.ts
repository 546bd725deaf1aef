/**
 * Names under which worklet processors are registered. They carry the version: a name registered twice in one AudioContext silently keeps the first class, so two
 * versions in one page would otherwise run one of them with the other's messages.
 */
import { VERSION } from "../version.ts";

/** Name of the capture processor. */
export const CAPTURE_PROCESSOR = `sidetone-capture@${VERSION}`;

/** Name of the playback processor. */
export const PLAYBACK_PROCESSOR = `sidetone-playback@${VERSION}`;
