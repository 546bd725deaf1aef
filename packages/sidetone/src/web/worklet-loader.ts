/**
 * Loads worklet modules: from a file when the app serves one, else from text inside the package.
 *
 * Text goes through a blob: URL, or a data: URL where blob: is not allowed; under a strict Content-Security-Policy neither is, and the error names the directive and the
 * file to serve. One blob URL per module and page, never revoked: after a revocation a second AudioContext could not load it.
 */
import { describe, SidetoneError } from "@sidetone/core";
import { audioWorkletSource } from "../generated/worklets.ts";

/** A module as it is shipped. */
export interface ScriptSource {
  /** File under `sidetone/worklets/`. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
  /** Name of the option that takes a URL of that file. */
  readonly option: string;
}

/** The module with both processors; a context that has it serves microphones and speakers. */
const AUDIO_WORKLET: ScriptSource = { file: "audio.worklet.js", text: audioWorkletSource, option: "workletUrl" };

const loaded = new WeakMap<BaseAudioContext, Promise<void>>();
const blobUrls = new Map<string, string>();

/** URLs to try for a script, in order. */
export function scriptUrls(script: ScriptSource, url: string | URL | undefined): string[] {
  if (url !== undefined) return [String(url)];
  let blobUrl = blobUrls.get(script.file);
  if (blobUrl === undefined) {
    blobUrl = URL.createObjectURL(new Blob([script.text], { type: "text/javascript" }));
    blobUrls.set(script.file, blobUrl);
  }
  return [blobUrl, `data:text/javascript;charset=utf-8,${encodeURIComponent(script.text)}`];
}

/** What to do when a script was not allowed to run. */
export function blockedHint(script: ScriptSource, url: string | URL | undefined): string {
  if (url !== undefined) return `Is there a JavaScript file at ${String(url)}? It must be a copy of sidetone/worklets/${script.file}.`;
  return (
    `Most likely the page's Content-Security-Policy forbids it. Either allow blob: in script-src, ` +
    `or serve sidetone/worklets/${script.file} yourself and pass its address as ${script.option}.`
  );
}

/** Passes on what a processor dies of; the node is silent from then on. */
export function reportProcessorError(node: AudioWorkletNode, report: (error: SidetoneError) => void): void {
  node.onprocessorerror = (event) => {
    const detail = (event as ErrorEvent).message || "no details given";
    report(new SidetoneError("internal", `An audio worklet failed (${detail}).`, { fatal: true }));
  };
}

/** Loads the worklets into `context`; at once when they are there already. Rejects with `worklet-blocked`. */
export function loadWorklets(context: BaseAudioContext, url?: string | URL): Promise<void> {
  let loading = loaded.get(context);
  if (loading === undefined) {
    loading = load(context, url);
    loaded.set(context, loading);
    loading.catch(() => loaded.delete(context));
  }
  return loading;
}

async function load(context: BaseAudioContext, url: string | URL | undefined): Promise<void> {
  if (context.audioWorklet === undefined) {
    throw new SidetoneError("worklet-blocked", "This page has no AudioWorklet: it must be served over https: or from localhost.", { fatal: true });
  }
  let failure: unknown;
  for (const candidate of scriptUrls(AUDIO_WORKLET, url)) {
    try {
      await context.audioWorklet.addModule(candidate);
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw new SidetoneError("worklet-blocked", `The audio worklet could not be loaded (${describe(failure)}). ${blockedHint(AUDIO_WORKLET, url)}`, {
    fatal: true,
    cause: failure,
  });
}
