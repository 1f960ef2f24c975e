/** A job as clients see it. */
import Type, { type Static } from 'typebox'

export const jobStates = ['waiting', 'running', 'done', 'cancelled', 'failed'] as const
export type JobState = typeof jobStates[number]

export const TaskFailureSchema = Type.Object({
  task: Type.Integer(),
  code: Type.String({ description: 'As in docs/errors.md' }),
  message: Type.String()
})
/** A task that got no prediction, and what to do about it. */
export type TaskFailure = Static<typeof TaskFailureSchema>

const Time = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

export const JobSchema = Type.Object({
  id: Type.String(),
  project: Type.Integer(),
  state: Type.Unsafe<JobState>({ type: 'string', enum: jobStates, description: 'waiting = not begun; done = each task has a prediction or is among the failed; cancelled and failed ones can be resumed' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why the state is failed, with the remedy' }),
  model_version: Type.String(),
  total: Type.Integer({ description: 'Tasks that needed a prediction when the job was made; more when some have come since' }),
  done: Type.Integer({ description: 'Of them with a prediction now' }),
  failed: Type.Integer({ description: 'Of them that could not get one' }),
  people: Type.Integer({ description: 'Found so far, not counting those of a page that ended with its replica' }),
  rate: Type.Union([Type.Number(), Type.Null()], { description: 'Tasks per second since the job was begun or resumed; null until some are done' }),
  seconds_left: Type.Union([Type.Number(), Type.Null()]),
  created_at: Type.String({ format: 'date-time' }),
  started_at: Time('When it was begun or last resumed'),
  ended_at: Time('When it came to its state, if it is at an end'),
  failures: Type.Array(TaskFailureSchema, { description: 'The first of the failed tasks' })
})
export type Job = Static<typeof JobSchema>
