import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What one contestant did in one round. */
export interface Round {
  pictures: number
  seconds: number
  /** Processor time of the contestant's process, user and system; the client's is not in it. */
  cpuMs: number
  /** Mean milliseconds per picture and stage, where it tells. */
  stages?: Record<string, number>
  /** Milliseconds of each answer, where there are requests. */
  answersMs?: number[]
}

export interface Contestant {
  name: string
  play (seconds: number): Promise<Round>
  end (): Promise<void>
}

/** What a child is told once, before its first round. */
export interface Order { detector: string, pose: string, pictures: string[], workers: number }

/** A program of this folder in a process of its own, so that its processor time is its own. */
export async function startChild (name: string, program: string, order: Order): Promise<Contestant> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), { execArgv: ['--import', 'tsx'] })
  const failed = once(child, 'exit').then(([code]) => { throw new Error(`${name} ended with ${code}`) })
  failed.catch(() => {})
  const ask = async <Answer>(question: unknown): Promise<Answer> => {
    const answer = once(child, 'message')
    child.send(question as object)
    return (await Promise.race([answer, failed]))[0] as Answer
  }
  await ask(order)
  return {
    name,
    play: (seconds) => ask<Round>({ seconds }),
    async end () {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    }
  }
}

/** Several that play at once and count as one. */
export function joinContestants (name: string, all: readonly Contestant[]): Contestant {
  return {
    name,
    async play (seconds) {
      const rounds = await Promise.all(all.map((one) => one.play(seconds)))
      const pictures = rounds.reduce((sum, round) => sum + round.pictures, 0)
      const stages = Object.keys(rounds[0]?.stages ?? {}).map((stage) => [stage, rounds.reduce((sum, round) => sum + round.stages![stage]! * round.pictures, 0) / pictures])
      return { pictures, seconds: Math.max(...rounds.map((round) => round.seconds)), cpuMs: rounds.reduce((sum, round) => sum + round.cpuMs, 0), stages: Object.fromEntries(stages) }
    },
    async end () { await Promise.all(all.map((one) => one.end())) }
  }
}

/** The other side: `prepare` gets the order, and its result plays the rounds. */
export function serveRounds (prepare: (order: Order) => Promise<{ play: (seconds: number) => Promise<Omit<Round, 'cpuMs' | 'seconds'>>, end: () => Promise<void> }>): void {
  let player: Awaited<ReturnType<typeof prepare>> | null = null
  async function answer (message: Order | { seconds: number }): Promise<unknown> {
    if (player === null) {
      player = await prepare(message as Order)
      return 'ready'
    }
    const [before, started] = [process.cpuUsage(), performance.now()]
    const round = await player.play((message as { seconds: number }).seconds)
    const { user, system } = process.cpuUsage(before)
    return { ...round, seconds: (performance.now() - started) / 1000, cpuMs: (user + system) / 1000 }
  }
  process.on('message', (message: Order) => {
    answer(message).then((result) => process.send!(result as object), (error: unknown) => { console.error(error); process.exit(1) })
  })
  process.on('disconnect', () => { player?.end().then(() => process.exit(0), () => process.exit(1)) })
}
