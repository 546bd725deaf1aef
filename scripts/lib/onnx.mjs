/**
 * Reads constants out of an ONNX file: the few lines of protocol buffers that takes. Field numbers are those of onnx.proto (ONNX 1.x); a constant is a node of type `Constant`
 * with a tensor, in the main graph or in the branch of an `If`.
 */

/** Fields of the messages that are read. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE = { output: 2, type: 4, attribute: 5 };
const ATTRIBUTE = { tensor: 5, graph: 6 };
const TENSOR = { dims: 1, dataType: 2, int64Data: 7, rawData: 9 };
/** Values of `data_type`. */
const FLOAT = 1;
const INT64 = 7;

const text = new TextDecoder();

/** The constants of the ONNX model in `bytes`, by name: `{ dims, values }`, values as Float32Array, or as numbers where they are integers. Other types are left out. */
export function onnxConstants(bytes) {
  const found = new Map();
  for (const [field, graph] of fieldsOf(bytes)) if (field === MODEL_GRAPH) visit(graph, found);
  return found;
}

function visit(graph, found) {
  for (const [field, node] of fieldsOf(graph)) {
    if (field !== GRAPH_NODE) continue;
    const parts = fieldsOf(node);
    const type = text.decode(parts.find(([number]) => number === NODE.type)?.[1]);
    for (const [number, attribute] of parts) {
      if (number !== NODE.attribute) continue;
      for (const [part, value] of fieldsOf(attribute)) {
        if (part === ATTRIBUTE.graph) visit(value, found);
        else if (part === ATTRIBUTE.tensor && type === "Constant") add(text.decode(parts.find(([id]) => id === NODE.output)[1]), value, found);
      }
    }
  }
}

function add(name, tensor, found) {
  const fields = fieldsOf(tensor);
  const of = (number) => fields.find(([field]) => field === number)?.[1];
  const dims = fields.filter(([field]) => field === TENSOR.dims).flatMap(([, value]) => integers(value));
  const raw = of(TENSOR.rawData);
  if (of(TENSOR.dataType) === FLOAT && raw) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    found.set(name, { dims, values: Float32Array.from({ length: raw.length / 4 }, (_, at) => view.getFloat32(4 * at, true)) });
  } else if (of(TENSOR.dataType) === INT64) {
    found.set(name, { dims, values: fields.filter(([field]) => field === TENSOR.int64Data).flatMap(([, value]) => integers(value)) });
  }
}

/** A repeated integer, packed or one at a time. */
function integers(value) {
  if (typeof value === "number") return [value];
  const reader = { at: 0 };
  const all = [];
  while (reader.at < value.length) all.push(varint(value, reader));
  return all;
}

function varint(bytes, reader) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[reader.at++];
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

/** The fields of a message: [number, integer or bytes]. */
function fieldsOf(bytes) {
  const fields = [];
  const reader = { at: 0 };
  while (reader.at < bytes.length) {
    const key = varint(bytes, reader);
    const wire = key & 7;
    if (wire === 0) {
      fields.push([key >> 3, varint(bytes, reader)]);
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new Error(`Not a protocol buffer: wire type ${wire} at byte ${reader.at}.`);
    const length = wire === 2 ? varint(bytes, reader) : wire === 1 ? 8 : 4;
    fields.push([key >> 3, bytes.subarray(reader.at, reader.at + length)]);
    reader.at += length;
  }
  return fields;
}
