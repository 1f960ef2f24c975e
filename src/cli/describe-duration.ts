const steps = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]] as const

/** Its two largest units, for example "3 min 20 s"; days without end are "more than 99 d". */
export function describeDuration (ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (!(seconds < 100 * 86_400)) return 'more than 99 d'
  const first = steps.findIndex(([, length]) => seconds >= length)
  if (first === -1) return '0 s'
  const [[unit, length], next] = [steps[first]!, steps[first + 1]]
  const rest = next === undefined ? 0 : Math.floor(seconds % length / next[1])
  return `${Math.floor(seconds / length)} ${unit}${rest === 0 ? '' : ` ${rest} ${next![0]}`}`
}
