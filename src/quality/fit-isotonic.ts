/** Where a bin of scores lies, and how many of its points were right. */
export interface OutcomeBin {
  /** Sum of the scores. */
  scores: number
  points: number
  right: number
}

/** Fewer points in a step would copy chance into the curve. */
const fewestPoints = 20

/**
 * The rising curve from scores to the share that is right which lies nearest to the data (least squares), by pooling adjacent
 * violators, with a knot at the middle of each step.
 * @param bins ascending by score
 * @returns knots, both coordinates strictly rising, scores and shares of four decimals; one where the share does not rise
 * @see M. Ayer et al., An empirical distribution function for sampling with incomplete information, 1955;
 *   B. Zadrozny and C. Elkan, Transforming classifier scores into accurate multiclass probability estimates, 2002
 */
export function fitIsotonic (bins: readonly OutcomeBin[]): Array<[score: number, share: number]> {
  const steps: OutcomeBin[] = []
  for (const bin of joinSmall(bins)) {
    let step = bin
    while (steps.length > 0 && shareOf(steps.at(-1)!) >= shareOf(step)) step = join(steps.pop()!, step)
    steps.push(step)
  }
  const knots: Array<[number, number]> = []
  for (const step of steps) {
    const knot: [number, number] = [round(step.scores / step.points), round(shareOf(step))]
    const last = knots.at(-1)
    if (last === undefined || (knot[0] > last[0] && knot[1] > last[1])) knots.push(knot)
  }
  return knots
}

/** Neighbours together until each has enough; the rest goes to the last. */
function joinSmall (bins: readonly OutcomeBin[]): OutcomeBin[] {
  const joined: OutcomeBin[] = []
  let open: OutcomeBin = { scores: 0, points: 0, right: 0 }
  for (const bin of bins) {
    open = join(open, bin)
    if (open.points < fewestPoints) continue
    joined.push(open)
    open = { scores: 0, points: 0, right: 0 }
  }
  if (open.points === 0) return joined
  const last = joined.pop()
  return [...joined, last === undefined ? open : join(last, open)]
}

function join (a: OutcomeBin, b: OutcomeBin): OutcomeBin {
  return { scores: a.scores + b.scores, points: a.points + b.points, right: a.right + b.right }
}

function shareOf ({ right, points }: OutcomeBin): number {
  return right / points
}

function round (value: number): number {
  return Math.round(value * 1e4) / 1e4
}
