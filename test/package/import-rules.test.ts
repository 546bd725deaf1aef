/** Imports go one way. The rooms and who may enter them stand in the two tables; everything else follows from package.json. */
import { builtinModules } from "node:module";
import { describe, expect, test } from "vitest";
import { type Import, importsOf, packageOf } from "../support/imports.ts";
import { sourceFiles, type WorkspacePackage, workspacePackages } from "../support/repository.ts";

/** Rooms of core -> the rooms they may import besides themselves. A file directly in core/src is a room of its own. */
const CORE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  "check-options": [],
  errors: [],
  version: [],
  dsp: [],
  protocol: [],
  playout: ["dsp", "check-options"],
  transport: ["protocol", "errors", "clock"],
  engine: ["dsp", "playout", "protocol", "transport", "errors", "clock", "version", "check-options"],
  index: ["check-options", "clock", "errors", "version", "dsp", "protocol", "playout", "transport", "engine"],
};

/** Packages that nothing in the library may import -> who may all the same. */
const LEAVES: Readonly<Record<string, readonly string[]>> = {
  "@sidetone/emulator": ["packages/cli"],
  "@sidetone/vad": ["packages/emulator"],
  "@sidetone/telephony": [],
  "@sidetone/cli": [],
};

/** The only files that may import Comlink: the two ends of the control plane. */
const COMLINK_ENDS = ["packages/sidetone/src/web/engine-client.ts", "worklets/src/engine.worker.ts"];

/** Files of `sidetone` that know events, and files that know devices or samples; neither kind may import the other. */
const TRANSPORT_FILE = /^packages\/sidetone\/src\/(transport\/|websocket\.ts|webrtc\.ts)/;
const DEVICE_FILE = /^packages\/sidetone\/src\/(web|node)\/(.*-)?(microphone|speaker|media-stream|pcm|devices|unlock|source|sink)(-.*)?\.ts$/;

const packages = workspacePackages();
const files = sourceFiles();
const shipped = files.filter((path) => !path.endsWith(".test.ts"));
const all = files.flatMap((path) => importsOf(path));
const imports = shipped.flatMap((path) => importsOf(path));

function owner(path: string): WorkspacePackage {
  const found = packages.find(({ folder }) => path.startsWith(`${folder}/`));
  if (!found) throw new Error(`${path} belongs to no package.`);
  return found;
}

function isNode(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function coreRoom(path: string): string | undefined {
  return /^packages\/core\/src\/([^/.]+)/.exec(path)?.[1];
}

/** Lines to read in a failure: who imports what. */
function offenders(candidates: readonly Import[], wrong: (item: Import) => boolean): string[] {
  return candidates.filter(wrong).map(({ from, specifier }) => `${from} imports ${specifier}`);
}

describe("every source file", () => {
  test("there are some, and their imports are found", () => {
    expect(shipped.length).toBeGreaterThan(20);
    expect(imports.length).toBeGreaterThan(40);
  });

  test("writes the extension .ts in relative imports", () => {
    // The kernels are AssemblyScript, whose compiler adds the extension itself.
    const written = all.filter(({ from }) => !/^packages\/(core|vad)\/kernels\//.test(from));
    expect(offenders(written, ({ target }) => target !== undefined && !/\.(ts|css|svg|wav|json)(\?[a-z]+)?$/.test(target))).toEqual([]);
  });

  test("stays in its own package with relative imports", () => {
    expect(offenders(imports, ({ from, target }) => target !== undefined && !target.startsWith(`${owner(from).folder}/`))).toEqual([]);
  });

  test("imports only what its package.json names", () => {
    const undeclared = ({ from, specifier, target }: Import) =>
      target === undefined && !isNode(specifier) && !Object.hasOwn(owner(from).manifest.dependencies ?? {}, packageOf(specifier));
    expect(offenders(imports, undeclared)).toEqual([]);
  });

  test("imports packages of the workspace through published entry points", () => {
    const deep = ({ specifier, target }: Import) => {
      const found = packages.find(({ manifest }) => manifest.name === packageOf(specifier));
      if (target !== undefined || !found) return false;
      const subpath = `.${specifier.slice(found.manifest.name.length)}`;
      return !Object.keys(found.manifest.exports ?? {}).some((key) => (key.endsWith("*") ? subpath.startsWith(key.slice(0, -1)) : key === subpath));
    };
    expect(offenders(all, deep)).toEqual([]);
  });

  test("leaves the leaves alone", () => {
    const entersLeaf = ({ from, specifier }: Import) => {
      const welcome = LEAVES[packageOf(specifier)];
      return welcome !== undefined && !welcome.includes(owner(from).folder);
    };
    expect(offenders(imports, entersLeaf)).toEqual([]);
  });

  test("keeps Comlink to the two ends of the control plane", () => {
    expect(offenders(all, ({ from, specifier }) => packageOf(specifier) === "comlink" && !COMLINK_ENDS.includes(from))).toEqual([]);
  });
});

describe("core", () => {
  const own = imports.filter(({ from }) => from.startsWith("packages/core/src/"));

  test("has no dependencies and no bare imports", () => {
    expect(offenders(own, ({ target }) => target === undefined)).toEqual([]);
    expect(owner("packages/core/src/index.ts").manifest.dependencies ?? {}).toEqual({});
  });

  test("consists of the rooms in the table", () => {
    expect(shipped.filter((path) => path.startsWith("packages/core/src/")).filter((path) => !Object.hasOwn(CORE_ROOMS, coreRoom(path) ?? ""))).toEqual([]);
  });

  test.each(Object.entries(CORE_ROOMS))("%s imports itself and %j only", (room, allowed) => {
    const strays = ({ from, target }: Import) => {
      const to = coreRoom(target ?? "") ?? "";
      return coreRoom(from) === room && to !== room && !allowed.includes(to);
    };
    expect(offenders(own, strays)).toEqual([]);
  });
});

describe("what was heard", () => {
  test("only playout itself reads the playhead; everyone else gets its answers", () => {
    const readers = all.filter(({ target }) => target === "packages/core/src/playout/playhead.ts").map(({ from }) => from);
    expect(readers.length).toBeGreaterThan(1);
    expect(readers.filter((from) => !from.startsWith("packages/core/src/playout/"))).toEqual([]);
  });
});

describe("the other rooms", () => {
  test("worklets import core and Comlink", () => {
    const strays = ({ from, specifier, target }: Import) =>
      from.startsWith("worklets/") && target === undefined && !["@sidetone/core", "comlink"].includes(packageOf(specifier));
    expect(offenders(imports, strays)).toEqual([]);
  });

  test("vad imports nothing but core, and Node in src/node alone, which nothing else there imports", () => {
    const strays = ({ from, specifier, target }: Import) => {
      if (!from.startsWith("packages/vad/src/") || from.startsWith("packages/vad/src/node/")) return false;
      return target === undefined ? packageOf(specifier) !== "@sidetone/core" : target.startsWith("packages/vad/src/node/");
    };
    expect(imports.filter(({ from }) => from.startsWith("packages/vad/src/")).length).toBeGreaterThan(5);
    expect(offenders(imports, strays)).toEqual([]);
  });

  test("sidetone imports core and Comlink, and Node in src/node alone", () => {
    const strays = ({ from, specifier, target }: Import) => {
      if (!from.startsWith("packages/sidetone/src/") || target !== undefined) return false;
      if (isNode(specifier)) return !from.startsWith("packages/sidetone/src/node/");
      return !["@sidetone/core", "comlink"].includes(packageOf(specifier));
    };
    expect(offenders(imports, strays)).toEqual([]);
  });

  test("what runs in a browser does not import src/node", () => {
    const strays = ({ from, target = "" }: Import) =>
      from.startsWith("packages/sidetone/src/") && !from.startsWith("packages/sidetone/src/node/") && target.startsWith("packages/sidetone/src/node/");
    expect(offenders(imports, strays)).toEqual([]);
  });

  test("transports know no devices, devices know no transports", () => {
    const strays = ({ from, specifier, target = "" }: Import) =>
      (TRANSPORT_FILE.test(from) && DEVICE_FILE.test(target)) ||
      (DEVICE_FILE.test(from) && (TRANSPORT_FILE.test(target) || specifier.startsWith("@sidetone/core/transport")));
    expect(offenders(imports, strays)).toEqual([]);
  });
});
