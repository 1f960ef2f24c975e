import type { Span, Traces } from './traces.ts'

const noSpan: Span = { traceId: null, add () {}, fail () {}, end () {} }
const noHeaders = Object.freeze({})

/** Nobody collects traces: the work is done, and nothing is noted. */
export const noTraces: Traces = {
  isOn: false,
  beginRequest: () => noSpan,
  inside: (_span, work) => work(),
  outside: (work) => work(),
  run: (_name, _options, work) => work(noSpan),
  past () {},
  traceId: () => null,
  headers: () => noHeaders,
  async close () {}
}
