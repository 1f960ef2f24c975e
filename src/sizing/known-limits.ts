/**
 * What lies around the service and has been measured; docs/sizing.md says how. Times hold for Label Studio 1.23.2 with SQLite on 2 cores
 * of an AMD EPYC: a bound to check your own against, not one of Label Studio at its best.
 */
export const labelStudio = {
  /** Bulk import of predictions of 133 points, 50 to 250 tasks a call. */
  storeMsPerPerson: 15,
  /** The least for a task. */
  storeMsPerTask: 11,
  /** A page of tasks, listed. */
  listMsPerTask: 3.5,
  /** JSON of a person of 133 points, as it is sent and stored. */
  personBytes: 37_000
} as const

/** Of two workers on two cores against one: the memory's bandwidth is shared. */
export const parallelShare = 0.91

/** A job of which every picture was known already, so that nothing but the work around the networks was left; starter, one replica. */
export const jobWork = {
  tasksPerSecond: 250,
  redisCommandsPerPage: 80,
  redisKBPerPage: 16,
  redisMBPerJob: 0.75
} as const
