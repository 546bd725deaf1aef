/** Figures of a program that is not everywhere, as `playout quality` measured them: what a machine without it compares with. */

/** NSIM of SoundTouch's `soundstretch -speech` 2.3.2 (Debian 12) by speed, mean over all takes. */
export const SOUNDTOUCH_NSIM: Readonly<Record<string, number>> = { 0.85: 0.9905, 0.9: 0.9941, 0.95: 0.9968, 1.05: 0.9955, 1.1: 0.9894, 1.15: 0.985 };
