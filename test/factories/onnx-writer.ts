/**
 * Writes ONNX files (protobuf, opset 17) with nothing but bytes: tests need true graphs that fit in a few kilobytes.
 * Field numbers: onnx.proto3 of the ONNX project, IR version 8.
 */

export type Dim = number | string
export type Attribute = number | { float: number } | { ints: number[] } | { text: string }

export interface TensorInfo { name: string, type: 'float32' | 'int64', shape: readonly Dim[] }
export interface Node { op: string, inputs: string[], outputs: string[], attributes?: Record<string, Attribute> }
export interface Constant { name: string, shape: readonly number[], data: Float32Array | BigInt64Array }
export interface Graph { name: string, inputs: TensorInfo[], outputs: TensorInfo[], constants: Constant[], nodes: Node[] }

const FLOAT32 = 1
const INT64 = 7

/** The bytes of a valid .onnx file. */
export function writeOnnx (graph: Graph): Uint8Array {
  return concat([
    intField(1, 8),
    textField(2, 'label-studio-rtmpose tests'),
    bytesField(7, writeGraph(graph)),
    bytesField(8, concat([textField(1, ''), intField(2, 17)]))
  ])
}

function writeGraph (graph: Graph): Uint8Array {
  return concat([
    ...graph.nodes.map((node, index) => bytesField(1, writeNode(node, `${node.op}_${index}`))),
    textField(2, graph.name),
    ...graph.constants.map((constant) => bytesField(5, writeConstant(constant))),
    ...graph.inputs.map((info) => bytesField(11, writeTensorInfo(info))),
    ...graph.outputs.map((info) => bytesField(12, writeTensorInfo(info)))
  ])
}

function writeNode (node: Node, name: string): Uint8Array {
  return concat([
    ...node.inputs.map((input) => textField(1, input)),
    ...node.outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([key, value]) => bytesField(5, writeAttribute(key, value)))
  ])
}

function writeAttribute (name: string, value: Attribute): Uint8Array {
  const parts = [textField(1, name)]
  if (typeof value === 'number') parts.push(intField(3, value), intField(20, 2))
  else if ('float' in value) parts.push(concat([varint((2 << 3) | 5), new Uint8Array(Float32Array.of(value.float).buffer)]), intField(20, 1))
  else if ('text' in value) parts.push(textField(4, value.text), intField(20, 3))
  else parts.push(...value.ints.map((item) => intField(8, item)), intField(20, 7))
  return concat(parts)
}

function writeConstant (constant: Constant): Uint8Array {
  const { data } = constant
  return concat([
    ...constant.shape.map((dim) => intField(1, dim)),
    intField(2, data instanceof Float32Array ? FLOAT32 : INT64),
    textField(8, constant.name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  ])
}

function writeTensorInfo (info: TensorInfo): Uint8Array {
  const dims = info.shape.map((dim) => bytesField(1, typeof dim === 'number' ? intField(1, dim) : textField(2, dim)))
  const tensor = concat([intField(1, info.type === 'float32' ? FLOAT32 : INT64), bytesField(2, concat(dims))])
  return concat([textField(1, info.name), bytesField(2, bytesField(1, tensor))])
}

function intField (field: number, value: number): Uint8Array {
  return concat([varint(field << 3), varint(value)])
}

function textField (field: number, text: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(text))
}

function bytesField (field: number, bytes: Uint8Array): Uint8Array {
  return concat([varint((field << 3) | 2), varint(bytes.length), bytes])
}

function varint (value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function concat (parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
