/**
 * What the service says when it fails, by code.
 */
import { WireError } from "../errors.ts";
import type { FailureWords } from "./plan.ts";

interface Words {
  readonly type: string;
  readonly message: string;
}

const SERVER_ERROR: Words = {
  type: "server_error",
  message:
    "The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center if the error persists.",
};

const KNOWN: Readonly<Record<string, Words>> = {
  server_error: SERVER_ERROR,
  insufficient_quota: {
    type: "insufficient_quota",
    message: "You exceeded your current quota, please check your plan and billing details.",
  },
  rate_limit_exceeded: {
    type: "invalid_request_error",
    message: "Rate limit reached on tokens per min (TPM): Limit 40000, Used 40000, Requested 600. Please try again in 900ms.",
  },
  inference_rate_limit_exceeded: {
    type: "invalid_request_error",
    message: "You have exceeded the inference rate limit of this model. Please try again later.",
  },
  model_not_found: { type: "invalid_request_error", message: "The model does not exist or you do not have access to it." },
  invalid_api_key: { type: "invalid_request_error", message: "Incorrect API key provided." },
  session_expired: { type: "invalid_request_error", message: "Your session hit the maximum duration of 60 minutes." },
  input_audio_buffer_commit_empty: {
    type: "invalid_request_error",
    message: "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio.",
  },
};

/** The error that `words` ask for; without a code, that of `fallbackCode`. */
export function failureOf({ code, type, message }: FailureWords, fallbackCode = "server_error"): WireError {
  const known = KNOWN[code ?? fallbackCode] ?? SERVER_ERROR;
  return new WireError(message ?? known.message, {
    code: code ?? fallbackCode,
    type: type ?? (KNOWN[code ?? fallbackCode] ? known.type : "invalid_request_error"),
  });
}
