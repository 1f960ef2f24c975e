import Type, { type Static } from 'typebox'

const CheckLineSchema = Type.Object({
  id: Type.String({ description: 'What was looked at; the same in every version' }),
  title: Type.String(),
  project: Type.Optional(Type.Integer({ description: 'Number of the project it is about; absent: about all' })),
  state: Type.Union([Type.Literal('ok'), Type.Literal('failed'), Type.Literal('warning'), Type.Literal('skipped')]),
  sentence: Type.String({ description: 'What was found' }),
  remedy: Type.Optional(Type.String({ description: 'What to do about it' }))
})
/** One finding. warning: it works, but not as one may think; skipped: could not be looked at because something before it failed. */
export type CheckLine = Static<typeof CheckLineSchema>

export const CheckReportSchema = Type.Object({
  ok: Type.Boolean({ description: 'Nothing failed; there may be warnings' }),
  checks: Type.Array(CheckLineSchema),
  drawing: Type.Union([Type.String(), Type.Null()], { description: 'The predicted people on their picture: a PNG in base64, when it was asked for and there is one' })
}, {
  examples: [{
    ok: false,
    checks: [
      { id: 'label-studio', title: 'Label Studio', state: 'ok', sentence: 'Label Studio answers at http://studio.example:8080.' },
      { id: 'token', title: 'Token', state: 'failed', sentence: 'Label Studio refused the token (401: Invalid token.).', remedy: 'Create a personal access token there and set LABEL_STUDIO_API_KEY.' }
    ],
    drawing: null
  }]
})
export type CheckReport = Static<typeof CheckReportSchema>
