/** How public voice clients put bytes into messages and get them out, written anew from the behaviour of their released code. */

/** All bytes as arguments of one call (agents-js up to 0.20, azure, elevenlabs). Throws a RangeError from about 125 kB. */
export function spreadBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** 32 kB at a time (openai-realtime-api-beta, vercel). */
export function applyBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode.apply(null, bytes.subarray(at, at + 0x8000) as unknown as number[]);
  return btoa(text);
}

/** Byte by byte (google, cloudflare, pipecat). */
export function perByteBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.byteLength; i++) text += String.fromCharCode(bytes[i]);
  return btoa(text);
}

/** The decoder of nearly every client. */
export function atobBytes(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** An append message through JSON.stringify. */
export function stringifiedAppend(base64: string): string {
  return JSON.stringify({ type: "input_audio_buffer.append", audio: base64 });
}
