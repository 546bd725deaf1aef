/** Makes this process (or page) one where WebAssembly is forbidden, as a Content-Security-Policy does, before anything of Sidetone has asked for it. For contenders in plain JavaScript. */
export function forbidWebAssembly(): void {
  (globalThis as { WebAssembly?: unknown }).WebAssembly = undefined;
}
