/** Rings between two threads, one quantum pushed and popped on one thread: what the bookkeeping costs. */
import { Ring } from "@sidetone/core/dsp";
import { type Contender, type Group, type Runner, right, type Verdict, wrong } from "../measure/contender.ts";
import { opponent } from "../opponents.ts";

const QUANTUM = 128;
const CAPACITY = 8192;

interface Pipe {
  push(samples: Float32Array): void;
  pop(output: Float32Array): void;
}

/** What goes in must come out in order, also when the reader lags and the ring wraps. */
export function checkPipe(make: () => Pipe): Verdict {
  const pipe = make();
  const input = new Float32Array(QUANTUM);
  const output = new Float32Array(QUANTUM);
  let written = 0;
  let read = 0;
  for (let turn = 0; turn < 1000; turn++) {
    for (let k = 0; k < 1 + (turn % 3); k++) {
      for (let i = 0; i < QUANTUM; i++) input[i] = written++;
      pipe.push(input);
    }
    while (read < written) {
      pipe.pop(output);
      for (let i = 0; i < QUANTUM; i++) if (output[i] !== read++) return wrong(`frame ${read - 1} is ${output[i]}`);
    }
  }
  return right(`${written} frames in order`);
}

function runner(make: () => Pipe): Runner {
  const pipe = make();
  const input = Float32Array.from({ length: QUANTUM }, (_, i) => i);
  const output = new Float32Array(QUANTUM);
  return {
    unitsPerCall: 1,
    call() {
      pipe.push(input);
      pipe.pop(output);
      return output[QUANTUM - 1];
    },
    check: () => checkPipe(make),
  };
}

function own(memory: "shared" | "local"): Contender {
  return {
    id: memory === "shared" ? "sidetone" : "sidetone-local",
    label: `sidetone Ring, ${memory === "shared" ? "SharedArrayBuffer" : "ArrayBuffer"}`,
    origin: "sidetone",
    create: () =>
      runner(() => {
        const ring = Ring.create(CAPACITY, memory);
        return { push: (samples) => void ring.write(samples), pop: (output) => void ring.read(output) };
      }),
  };
}

export const ringGroups: readonly Group[] = [
  {
    id: "ring/push-pop",
    suite: "ring",
    title: `Ring, push and pop of ${QUANTUM} frames`,
    unit: "push + pop",
    contenders: [
      own("shared"),
      own("local"),
      {
        id: "ringbuf",
        label: "ringbuf.js",
        origin: "npm",
        package: "ringbuf.js",
        async create() {
          const { RingBuffer } = await opponent("ringbuf.js");
          return runner(() => {
            const ring = new RingBuffer(new SharedArrayBuffer(8 + (CAPACITY + 1) * 4), Float32Array);
            return { push: (samples) => void ring.push(samples), pop: (output) => void ring.pop(output) };
          });
        },
      },
      {
        id: "wavtools",
        label: "array per quantum (wavtools)",
        origin: "client",
        note: "no shared memory: a queue of new arrays behind postMessage, whose own cost is not counted",
        create: () =>
          runner(() => {
            const queue: Float32Array[] = [];
            return {
              push(samples) {
                const copy = new Float32Array(samples.length);
                for (let i = 0; i < samples.length; i++) copy[i] = samples[i];
                queue.push(copy);
              },
              pop(output) {
                const first = queue.shift();
                if (first) for (let i = 0; i < output.length; i++) output[i] = first[i];
              },
            };
          }),
      },
      {
        id: "copies",
        label: "floor: two copies",
        origin: "runtime",
        note: "no ring at all, so its order is not checked",
        create() {
          const slot = new Float32Array(QUANTUM);
          const pipe: Pipe = { push: (samples) => slot.set(samples), pop: (output) => output.set(slot) };
          return { ...runner(() => pipe), check: () => right("copies") };
        },
      },
    ],
  },
];
