import { createPipeline, microphone, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";

// The address of `npm start`; for the real service leave out `url` and give `apiKey`, a function that fetches an ephemeral key (ek_...) from your server.
const transport = webSocket({ url: "ws://127.0.0.1:4400/v1/realtime" });
const pipeline = createPipeline({ transport, source: microphone(), sink: speaker() });

pipeline.on("event", (event) => {
  if (event.type === "response.output_audio_transcript.done") console.log(event.transcript);
});
addEventListener("click", () => pipeline.start().catch(console.error), { once: true });
