/** Checks of options given by a programmer: a wrong one throws at once and names itself, what was given and what is allowed. */

/** Throws when `options` has a key that is not among `known`. @throws {TypeError} */
export function checkKnown(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${what} has no option "${name}"; it knows ${known.join(", ")}.`);
  }
}

/** Returns `value` when it is a number from `min` to `max`. @throws {RangeError} otherwise. */
export function checkRange(option: string, value: number, min: number, max: number, unit: string): number {
  if (!(typeof value === "number" && value >= min && value <= max))
    throw new RangeError(`${option} is ${value} ${unit}; allowed are ${min} to ${max} ${unit}.`);
  return value;
}
