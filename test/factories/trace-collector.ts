import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { startLocalServer } from './local-server.ts'

/** A span as it came over the wire. */
export interface CollectedSpan {
  traceId: string
  spanId: string
  /** '' for a root. */
  parentId: string
  name: string
  /** 1 internal, 2 server, 3 client. */
  kind: number
  /** Milliseconds since 1970. */
  start: number
  end: number
  facts: Record<string, string | number | boolean>
  hasFailed: boolean
  resource: Record<string, string | number | boolean>
}

export interface TraceCollector {
  origin: string
  spans: CollectedSpan[]
  /** Headers of each delivery. */
  deliveries: IncomingHttpHeaders[]
  /** All that has come, as text: for searches. */
  text (): string
  /** What follows is answered with this status; null: never answered. 200 unless told. */
  status: number | null
  /** Resolves when such a span has come. */
  until (is: (span: CollectedSpan) => boolean): Promise<CollectedSpan>
}

/** A collector that takes traces as OTLP over HTTP, in protobuf. */
export async function startTraceCollector (t: Pick<Test, 'teardown'>): Promise<TraceCollector> {
  const bodies: Buffer[] = []
  const collector: TraceCollector = { origin: '', spans: [], deliveries: [], status: 200, text: () => Buffer.concat(bodies).toString('latin1'), until }
  const { origin } = await startLocalServer(t, (request, response) => {
    buffer(request).then((body) => {
      collector.deliveries.push(request.headers)
      if (collector.status === null) return
      if (request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf' && collector.status === 200) {
        bodies.push(body)
        collector.spans.push(...readRequest(body))
      }
      response.writeHead(collector.status, { 'content-type': 'application/x-protobuf' }).end()
    }, () => {})
  })

  async function until (is: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    for (let tries = 0; tries < 600; tries++) {
      const found = collector.spans.find(is)
      if (found !== undefined) return found
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
    throw new Error(`no such span among ${collector.spans.map(({ name }) => name).join(', ')}`)
  }
  return Object.assign(collector, { origin })
}

type Field = Uint8Array | bigint

/** The fields of a message by their number. @see https://protobuf.dev/programming-guides/encoding/ */
function readFields (bytes: Uint8Array): Map<number, Field[]> {
  const fields = new Map<number, Field[]>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const readVarint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const skip = (length: number): number => {
    at += length
    return at - length
  }
  const readField = (type: number): Field => {
    switch (type) {
      case 0: return readVarint()
      case 1: return view.getBigUint64(skip(8), true)
      case 2: {
        const length = Number(readVarint())
        const from = skip(length)
        return bytes.subarray(from, at)
      }
      case 5: return BigInt(view.getUint32(skip(4), true))
      default: throw new Error(`wire type ${type}`)
    }
  }
  while (at < bytes.length) {
    const tag = Number(readVarint())
    const value = readField(tag & 7)
    fields.set(tag >> 3, [...fields.get(tag >> 3) ?? [], value])
  }
  return fields
}

const messages = (fields: Map<number, Field[]>, number: number) => (fields.get(number) ?? []).map((field) => readFields(field as Uint8Array))
const text = (field: Field | undefined) => field === undefined ? '' : Buffer.from(field as Uint8Array).toString()
const hex = (field: Field | undefined) => field === undefined ? '' : Buffer.from(field as Uint8Array).toString('hex')

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
function readRequest (body: Uint8Array): CollectedSpan[] {
  return messages(readFields(body), 1).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, 1).map((message) => readFacts(message, 1))[0] ?? {}
    return messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2)).map((span) => ({
      traceId: hex(span.get(1)?.[0]),
      spanId: hex(span.get(2)?.[0]),
      parentId: hex(span.get(4)?.[0]),
      name: text(span.get(5)?.[0]),
      kind: Number(span.get(6)?.[0]),
      start: Number(span.get(7)?.[0]) / 1e6,
      end: Number(span.get(8)?.[0]) / 1e6,
      facts: readFacts(span, 9),
      hasFailed: messages(span, 15).some((status) => status.get(3)?.[0] === 2n),
      resource
    }))
  })
}

function readFacts (message: Map<number, Field[]>, number: number): CollectedSpan['facts'] {
  return Object.fromEntries(messages(message, number).map((pair) => {
    const value = messages(pair, 2)[0]!
    const [type, [field]] = [...value][0] as [number, [Field]]
    if (type === 1) return [text(pair.get(1)?.[0]), text(field)]
    if (type === 2) return [text(pair.get(1)?.[0]), field === 1n]
    if (type === 3) return [text(pair.get(1)?.[0]), Number(BigInt.asIntN(64, field as bigint))]
    return [text(pair.get(1)?.[0]), new Float64Array(new BigUint64Array([field as bigint]).buffer)[0]!]
  }))
}
