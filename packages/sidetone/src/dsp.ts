/** `sidetone/dsp`: the kernels by themselves. */
export * from "@sidetone/core/dsp";
