/** Both worklets as one module, since a page nearly always needs both and they share most of their code. */
import "./capture.worklet.ts";
import "./playback.worklet.ts";
