/** How public voice clients get from floats to PCM16 and back, written anew from the behaviour of their released code. */

/** The DataView loop of openai-realtime-api-beta, wavtools, vercel and cloudflare. Truncates. */
export function dataViewPcm16(input: Float32Array): ArrayBuffer {
  const buffer = new ArrayBuffer(input.length * 2);
  const view = new DataView(buffer);
  for (let i = 0, at = 0; i < input.length; i++, at += 2) {
    const sample = Math.max(-1, Math.min(1, input[i]));
    view.setInt16(at, sample < 0 ? sample * 0x8000 : sample * 0x7fff, true);
  }
  return buffer;
}

/** elevenlabs' worklet: clip into one array, scale into another. */
export function elevenLabsPcm16(input: readonly number[] | Float32Array): Int16Array {
  const clipped = new Float32Array(input);
  const output = new Int16Array(clipped.length);
  for (let i = 0; i < clipped.length; i++) {
    const sample = Math.max(-1, Math.min(1, clipped[i]));
    output[i] = sample < 0 ? sample * 32768 : sample * 32767;
  }
  return output;
}

/** Google's live console: scaled without a limit, so that +1 becomes -32768. */
export function googlePcm16(input: Float32Array): Int16Array {
  const output = new Int16Array(input.length);
  for (let i = 0; i < input.length; i++) output[i] = input[i] * 32768;
  return output;
}

const dithered = new Int16Array(1 << 17);

/** Nobody's client: the dither that one writes first, with two random numbers for each sample. Into memory that is there already. */
export function randomDither(input: Float32Array): Int16Array {
  for (let i = 0; i < input.length; i++) {
    dithered[i] = Math.max(-32768, Math.min(32767, Math.round(input[i] * 32768 + Math.random() - Math.random())));
  }
  return dithered.subarray(0, input.length);
}

/** The azure playback worklet: an array of numbers. */
export function azureFloats(input: Int16Array): number[] {
  return Array.from(input, (sample) => sample / 32768);
}

/** Google's live console: a DataView and a try around every sample. */
export function googleFloats(bytes: Uint8Array): Float32Array {
  const output = new Float32Array(bytes.length / 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < output.length; i++) {
    try {
      output[i] = view.getInt16(i * 2, true) / 32768;
    } catch {
      output[i] = 0;
    }
  }
  return output;
}

/** The loop of wavtools and vercel: a new array, divided by 0x8000. */
export function loopFloats(input: Int16Array): Float32Array {
  const output = new Float32Array(input.length);
  for (let i = 0; i < input.length; i++) output[i] = input[i] / 0x8000;
  return output;
}
