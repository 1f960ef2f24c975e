/** How the rest of the service tells where the time of requests and jobs goes. Made by openTraces. */

/** Attributes of a span; names as in the semantic conventions of OpenTelemetry, our own begin with `rtmpose.`. No tokens, no queries of addresses. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>

export interface Span {
  /** 32 hexadecimal digits; null: nobody collects traces. */
  readonly traceId: string | null
  add (facts: SpanFacts): void
  /** @param type what the failure is called: a code of docs/errors.md, a status, the name of an error */
  fail (type: string, message?: string): void
  end (): void
}

export interface SpanOptions {
  facts?: SpanFacts
  /** client: a request to another service. */
  kind?: 'internal' | 'client'
  /** Begins a trace of its own, whoever has asked for the work. */
  isRoot?: boolean
}

export interface Traces {
  /** false: nobody collects them, and all this does nothing. */
  readonly isOn: boolean
  /**
   * A request that has come in; whoever begins it ends it.
   * @param headers of the request: with a valid `traceparent` it is a part of its sender's trace
   */
  beginRequest (name: string, headers: Readonly<Record<string, unknown>>, facts: SpanFacts): Span
  /** Does what follows inside the span: what begins there, also later on, is a part of it. */
  inside<T> (span: Span, work: () => T): T
  /** Does what follows inside no span: what outlives the request that has set it off. */
  outside<T> (work: () => T): T
  /** Does the work in a span of its own, inside the present one. An error of the work is noted, and thrown on. */
  run<T> (name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>
  /**
   * Something that is over, inside the present span.
   * @param from a value of performance.now() @param ms how long it took
   */
  past (name: string, from: number, ms: number, facts?: SpanFacts): void
  /** Of the present span; null outside of any. */
  traceId (): string | null
  /** For a request to another service: the present span as W3C Trace Context, empty outside of any. */
  headers (): Readonly<Record<string, string>>
  /** Sends what is left, as far as that is done in a few seconds. */
  close (): Promise<void>
}
