/** Argument checks shared by the room. Each message says what was given and what is allowed; on the good path they cost one comparison and allocate nothing. */

/** @throws {RangeError} when an output of `room` elements cannot take the `needed` elements of `what`. */
export function checkRoom(what: string, needed: number, room: number): void {
  if (room < needed) throw new RangeError(`${what}: the output holds ${room} elements, ${needed} are needed.`);
}

/** @throws {RangeError} unless `value` is an integer from `least` to `most`; `option` names it, `unit` says what it counts. */
export function checkInteger(option: string, value: number, least: number, most: number, unit: string): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${option} is ${String(value)}; allowed are integers from ${least} to ${most} ${unit}.`);
  }
}
