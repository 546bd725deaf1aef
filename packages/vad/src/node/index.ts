/**
 * The models from this package's files, for Node, Bun and Deno.
 */
import { readFileSync } from "node:fs";
import { SileroModel } from "../silero-model.ts";

/** The files of weights by name. */
const FILES = { v5: "../../models/silero-v5.bin", v6: "../../models/silero-v6.bin" } as const;

/** A model that this package brings. */
export type SileroModelName = keyof typeof FILES;

const loaded = new Map<SileroModelName, SileroModel>();

/** The model `name`, read when it is first asked for (a few milliseconds) and then the same for the whole process. @throws {TypeError} for an unknown name. */
export function loadSileroModel(name: SileroModelName = "v6"): SileroModel {
  if (!Object.hasOwn(FILES, name)) throw new TypeError(`name is ${JSON.stringify(name)}; allowed are ${Object.keys(FILES).join(" and ")}.`);
  let model = loaded.get(name);
  if (model === undefined) {
    model = new SileroModel(readFileSync(new URL(FILES[name], import.meta.url)));
    loaded.set(name, model);
  }
  return model;
}
