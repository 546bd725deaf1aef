/** Makes this process (or page) one where WebAssembly is forbidden, as a Content-Security-Policy does, before anything of Sidetone has asked for it. For contenders in plain JavaScript. */
export function forbidWebAssembly(): void {
  (globalThis as { WebAssembly?: unknown }).WebAssembly = undefined;
}

/** What `make` makes where WebAssembly is forbidden. */
export function plainly<Made>(make: () => Made): () => Made {
  return () => {
    forbidWebAssembly();
    return make();
  };
}
