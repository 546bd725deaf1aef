/**
 * Checks of options, which are the programmer's: a wrong one throws at once, and the message names the option, what was given and what is allowed.
 */

/** `value` must be an object. @throws {TypeError} */
export function requireObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} is ${show(value)}; allowed is an object.`);
}

/** `value` may have no properties but `known`, since an unknown option is a typing mistake. @throws {TypeError} */
export function requireKnown(name: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${name} has an unknown property ${JSON.stringify(key)}; allowed are ${known.join(", ")}.`);
  }
}

/** `value` if it is a whole number from `least` to `most`. @throws {TypeError | RangeError} */
export function integerOption(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value)) throw new TypeError(`${name} is ${show(value)}; allowed is an integer from ${least} to ${most}.`);
  return numberOption(name, value, least, most);
}

/** `value` if it is a number from `least` to `most`. @throws {TypeError | RangeError} */
export function numberOption(name: string, value: number, least: number, most: number): number {
  if (typeof value !== "number" || Number.isNaN(value)) throw new TypeError(`${name} is ${show(value)}; allowed is a number from ${least} to ${most}.`);
  if (value < least || value > most) throw new RangeError(`${name} is ${value}; allowed is ${least} to ${most}.`);
  return value;
}

/** `value` if it is true or false. @throws {TypeError} */
export function booleanOption(name: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} is ${show(value)}; allowed are true and false.`);
  return value;
}

/** `value` as it may be quoted in a message. */
export function show(value: unknown): string {
  return typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
}
