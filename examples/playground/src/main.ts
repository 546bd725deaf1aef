/**
 * The page: connects buttons, session and views. Audio never comes near this thread; what is shown comes from the pipeline's snapshot and meters, once per frame.
 *
 * Query `?auto=sample` selects the sample recording, and starts nothing: sound needs a click. For tests and curious people, `window.sidetone.pipeline` is the
 * pipeline of the session under way, or of the last one; null before the first.
 */
import type { Pipeline } from "sidetone";
import { ConversationView } from "./conversation-view.ts";
import { byId, setText } from "./elements.ts";
import { type Direction, EventsView } from "./events-view.ts";
import { FiguresView } from "./figures-view.ts";
import { LevelMeter, LevelScale, SILENCE } from "./meters.ts";
import { NoticeView } from "./notice-view.ts";
import type { Service } from "./service.ts";
import { Session, type SourceChoice } from "./session.ts";
import { bindShortcuts } from "./shortcuts.ts";
import { describeState } from "./state-line.ts";
import { AUDIO_BLOCKED, explain } from "./troubles.ts";

declare global {
  interface Window {
    sidetone: { pipeline: Pipeline | null };
  }
}

const toggle = byId("toggle", HTMLButtonElement);
const mute = byId("mute", HTMLButtonElement);
const interrupt = byId("interrupt", HTMLButtonElement);
const again = byId("again", HTMLButtonElement);
const sourceField = byId("source", HTMLFieldSetElement);
const sources = [...sourceField.querySelectorAll("input")];
const badge = byId("service", HTMLElement);

const conversation = new ConversationView();
const figures = new FiguresView();
const events = new EventsView();
const notice = new NoticeView(byId("notice", HTMLElement), () => {
  choose("sample");
  void start();
});
const inputMeter = new LevelMeter(byId("input-level", HTMLCanvasElement), byId("input-value", HTMLElement), "you");
const outputMeter = new LevelMeter(byId("output-level", HTMLCanvasElement), byId("output-value", HTMLElement), "reply");
new LevelScale(byId("level-scale", HTMLCanvasElement));

let session: Session | null = null;
let service: Service | null = null;
let frame = 0;

window.sidetone = { pipeline: null };

async function start(): Promise<void> {
  notice.hide();
  conversation.clear();
  figures.clear();
  events.clear(performance.now());
  let own: Session | null = null;
  try {
    own = new Session(chosen(), meet);
    session = own;
    window.sidetone.pipeline = own.pipeline;
    observe(own);
    await own.start();
  } catch (error) {
    // What goes wrong after Stop is Stop's doing, and of several failures the first is the cause.
    if (own !== null && own.outcome !== null) return;
    notice.show(explain(error));
    await own?.close("failed");
    requestFrame();
  }
}

/** Shows who answers. */
function meet(found: Service): void {
  service = found;
  const emulator = found.service === "emulator";
  conversation.replyName = emulator ? "Emulator" : "Model";
  badge.textContent = emulator ? "Local emulator" : `OpenAI · ${found.model}`;
  badge.hidden = false;
}

/** Follows a session until the next one begins; everything that costs time is left to the next frame. */
function observe(own: Session): void {
  const { pipeline } = own;
  const log = (direction: Direction, type: string, event: object) => {
    if (session === own) events.add(direction, type, event, performance.now());
  };
  pipeline.subscribe(requestFrame);
  pipeline.on("stats", (stats) => session === own && figures.add(stats, performance.now()));
  pipeline.on("event", (event) => log("received", event.type, event));
  pipeline.on("sent", (event) => log("sent", event.type, event));
  pipeline.on("interrupted", (interruption) => log("page", "interrupted", interruption));
  pipeline.on("error", (error) => {
    if (own.outcome !== null) return;
    log("page", "error", { code: error.code, message: error.message, fatal: error.fatal });
    notice.show(explain(error));
    if (error.fatal) void own.close("failed");
  });
}

function requestFrame(): void {
  if (frame === 0) frame = requestAnimationFrame(render);
}

function render(nowMs: number): void {
  frame = 0;
  const pipeline = window.sidetone.pipeline;
  const snapshot = pipeline?.getSnapshot() ?? null;
  const running = session?.outcome === null;
  const live = running && snapshot?.state === "open";

  const { mood, state, hint } = describeState(session, chosen(), service);
  document.body.dataset.mood = mood;
  setText(byId("state", HTMLElement), state);
  setText(byId("hint", HTMLElement), hint);
  setText(byId("toggle-label", HTMLElement), running ? "Stop" : "Start");
  toggle.classList.toggle("running", running);
  sourceField.disabled = running;
  mute.disabled = !live;
  mute.setAttribute("aria-pressed", String(live && snapshot.muted));
  interrupt.disabled = !live;
  again.disabled = !live;
  again.hidden = chosen() !== "sample";
  setText(byId("input-name", HTMLElement), chosen() === "sample" ? "Recording" : "You");

  if (pipeline !== null && snapshot !== null) {
    conversation.update(snapshot.conversation, pipeline.meters, live && snapshot.agentSpeaking);
    events.update();
    if (live) figures.update(pipeline.meters, nowMs);
  }
  const moving = [
    inputMeter.update(live && pipeline !== null ? pipeline.meters.input : SILENCE, nowMs),
    outputMeter.update(live && pipeline !== null ? pipeline.meters.output : SILENCE, nowMs),
  ].some(Boolean);
  if (notice.shown === AUDIO_BLOCKED && session?.audioContext.state === "running") notice.hide();
  if (running || moving) requestFrame();
}

function chosen(): SourceChoice {
  return sources.some(({ checked, value }) => checked && value === "sample") ? "sample" : "microphone";
}

function choose(choice: SourceChoice): void {
  for (const source of sources) source.checked = source.value === choice;
  requestFrame();
}

toggle.addEventListener("click", () => {
  if (session?.outcome === null) void session.close("stopped");
  else void start();
  requestFrame();
});
mute.addEventListener("click", () => {
  const pipeline = session?.pipeline;
  if (pipeline?.getSnapshot().muted) pipeline.unmute();
  else pipeline?.mute();
});
interrupt.addEventListener("click", () => void session?.pipeline.interrupt());
again.addEventListener("click", () => session?.sample?.say());
sourceField.addEventListener("change", requestFrame);
bindShortcuts([toggle, mute, interrupt, again], byId("shortcuts", HTMLInputElement));

if (new URLSearchParams(location.search).get("auto") === "sample") choose("sample");
requestFrame();
