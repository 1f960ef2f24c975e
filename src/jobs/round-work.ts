/** What is to be done for a job, and what a queue must know of it. Made by createRoundWork. */

/** How far the planning of a round has come. */
export interface PlanState {
  /** Number of the last task that is on a page. */
  after: number
  /** Tasks on all pages so far. */
  planned: number
}

/** Some tasks of a job, worked on together. A queue may hand it out again: what is done already is left alone. */
export interface Page {
  job: string
  round: number
  /** The same whenever this page is planned anew. */
  name: string
  tasks: number[]
}

export interface PageTry {
  /** Failures of Label Studio or the model now end the job instead of being thrown. */
  isLast: boolean
  /** How often a process has ended while it had this page. */
  deaths: number
}

export interface RoundWork {
  /**
   * The next page of a round.
   * @returns null: there is none
   * @throws PoseError for faults that may pass
   */
  plan (job: string, round: number, state: PlanState): Promise<{ page: Page, state: PlanState } | null>
  /**
   * Gives each task of a page its prediction, or notes why it cannot have one.
   * @returns pages to be worked on in its place
   * @throws PoseError for faults that may pass; Interrupted when the service closes, and the page should go to somebody else
   */
  work (page: Page, attempt: PageTry): Promise<Page[]>
  /** Called after the last page. @throws PoseError for faults that may pass */
  end (job: string, round: number): Promise<void>
  /** Ends the job for a fault that does not pass. */
  giveUp (job: string, round: number, error: unknown): Promise<void>
  /** From now on work ends as soon as the pictures in hand are done. */
  interrupt (): void
}

/** Work was left for another replica, or another start. */
export class Interrupted extends Error {
  override name = 'Interrupted'
}

/** Hands out rounds and their pages. Made by createLocalRoundQueue or createRedisRoundQueue. */
export interface RoundQueue {
  /** Begins a round, or lets it wait for those before. Adding one that is there already does nothing. */
  add (job: string, round: number): Promise<void>
  /** Takes away what of a cancelled round is still waiting: each piece would take its turn only to find that nobody wants it. */
  drop (job: string, round: number): Promise<void>
  /** Takes nothing more; the work has been interrupted before. */
  beginClose (): void
  /** Waits for the pages in hand. */
  close (): Promise<void>
}

/** Milliseconds before the next try: a second, doubled with each, a minute at most, and a quarter more or less by chance. */
export function backOff (failures: number): number {
  return Math.min(60_000, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2)
}

/** Tries of a page, or of planning and ending a round: with back-off about seven minutes. */
export const mostTries = 13

/** Pages in hand of one process: while one is written, the next one's pictures are estimated. */
export const pagesAtOnce = 2
