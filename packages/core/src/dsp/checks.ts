/** Argument checks shared by the room. Each message says what was given and what is allowed; on the good path they cost a comparison or two and allocate nothing. */

/** The part of a typed array that a check looks at. */
interface Elements {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
}

/**
 * Before `what` reads `input` and writes `needed` elements, more than 0 unless `input` is empty, into `output`.
 * @throws {RangeError} when `output` is too short. @throws {TypeError} when either array lost its memory to another thread, or is no array at all.
 */
export function checkArrays(what: string, input: Elements, needed: number, output: Elements): void {
  if (needed > 0 && needed <= output.length) return;
  checkAttached(what, "input", input);
  checkAttached(what, "output", output);
  checkRoom(what, needed, output.length);
}

/** @throws {TypeError} when `array`, the `argument` of `what`, lost its memory to another thread, or is no array at all: both would pass for an empty one. */
export function checkAttached(what: string, argument: string, array: Elements): void {
  if (array.length > 0) return;
  if (array.length !== 0) throw new TypeError(`${what}: the ${argument} is no typed array.`);
  try {
    new Uint8Array(array.buffer);
  } catch {
    throw new TypeError(`${what}: the ${argument} is detached; its memory was transferred away. Allowed are arrays that have theirs.`);
  }
}

/** @throws {RangeError} when an output of `room` elements cannot take the `needed` elements of `what`. */
export function checkRoom(what: string, needed: number, room: number): void {
  if (room < needed) throw new RangeError(`${what}: the output holds ${room} elements, ${needed} are needed.`);
}

/** @throws {RangeError} when `bytes` bytes, the input of `what`, are not whole samples of 16 bits. */
export function checkWholeSamples(what: string, bytes: number): void {
  if (bytes % 2 !== 0) throw new RangeError(`${what}: the input holds ${bytes} bytes; allowed are multiples of 2. Carry the odd byte over to the next call.`);
}

/** @throws {RangeError} unless `value` is an integer from `least` to `most`; `option` names it, `unit` says what it counts. */
export function checkInteger(option: string, value: number, least: number, most: number, unit: string): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${option} is ${String(value)}; allowed are integers from ${least} to ${most} ${unit}.`);
  }
}
