/** `sidetone/protocol`: the Realtime API as types, and its wire text. */
export * from "@sidetone/core/protocol";
