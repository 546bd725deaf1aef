/**
 * From the text of a WebAssembly module to its exports. Any thread that allows WebAssembly, audio threads included: compiling and instantiating a few kB are synchronous and take a
 * fraction of a millisecond.
 */

/** The part of the WebAssembly interface in use; the standard library that this package compiles against does not have it. */
interface WasmInterface {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
}

/** Exports of a new instance of the module in `hex`, lower-case hexadecimal. @throws where WebAssembly, or what the module uses of it, is missing or forbidden. */
export function instantiate(hex: string): object {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmInterface };
  return new WebAssembly.Instance(new WebAssembly.Module(bytesOf(hex))).exports;
}

/** The bytes behind the text; natively where it can be done, since this may run in an interpreter on an audio thread. */
function bytesOf(text: string): Uint8Array {
  const { fromHex } = Uint8Array as { fromHex?: (text: string) => Uint8Array };
  if (fromHex) return fromHex.call(Uint8Array, text);
  const digit = (at: number) => (text.charCodeAt(at) & 15) + (text.charCodeAt(at) > 57 ? 9 : 0);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = digit(2 * i) * 16 + digit(2 * i + 1);
  return bytes;
}
