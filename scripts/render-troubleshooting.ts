import { checkTable, checkTitles, type CheckId } from '../src/check/check-sentences.ts'
import { errorTable, type ErrorName } from '../src/errors.ts'
import { remedyOf } from '../src/split-remedy.ts'
import { labelStudioSentences, labelStudioSigns, type LabelStudioSentence } from './label-studio-sentences.ts'

/** docs/troubleshooting.md: every sentence that a user can see, with its remedy, from the tables that the sentences come from. */
export function renderTroubleshootingPage (): string {
  return [
    '# Troubleshooting',
    '',
    'By the sentence you see; `…` stands for the single case. This page is written from the sentences of the code by `npm run docs`.',
    '',
    'Label Studio shows little of what goes wrong with its models. So ask this service first, on its own machine:',
    '',
    '```sh',
    'npx label-studio-rtmpose check --project 1 --out check.png',
    'docker compose exec ml-backend label-studio-rtmpose check    # with the Compose file',
    'curl http://127.0.0.1:9090/check                             # the same as JSON',
    '```',
    '',
    'It looks at everything between a picture in Label Studio and its prediction there, prints a line each with the remedy, and ends with',
    'exit code 1 when something failed. The running service answers it, with the connection that it has; where none runs, the command looks',
    'at what can be seen from where it is called. From another machine, and through a proxy, `GET /check` is answered only when `API_TOKEN` is',
    'set and sent as bearer: the report names projects, addresses and users. In the container the command sees the same environment as the',
    'service.',
    '',
    '`--out` draws the people that were found, here on the figure that comes with the service: points from red (barely sure) over yellow to green (sure),',
    'bones in cool colours on the person\'s own left and in warm ones on the right, and on each box a bar as long as the person\'s score. The second',
    'box, on the balloon, is one of the mistakes of the starter models.',
    '',
    '![A drawn figure with bones, points and two boxes](images/check.png)',
    '',
    '## Label Studio says',
    '',
    ...Object.values<LabelStudioSentence>(labelStudioSentences).flatMap(renderSentence),
    '## Label Studio shows no reason',
    '',
    ...Object.values<LabelStudioSentence>(labelStudioSigns).flatMap(renderSentence),
    '## `check` says',
    '',
    'Besides the sentences of the service further down, which it shows too. A *failed* line is what stops predictions or pictures; a *warning* works, but not',
    'as one may think.',
    '',
    ...renderCheck(),
    '## The service says',
    '',
    'Whole requests: in the reason phrase of the HTTP answer, so in Label Studio\'s server log between the status and "for url"; in the log of this service',
    'under "request refused". Single pictures: in the log of this service under "no prediction for a task"; Label Studio drops them unread. Both stand under',
    '"Latest failures" of `check`. All codes: [errors.md](errors.md).',
    '',
    '| sentence | what to do |',
    '|---|---|',
    ...Object.keys(errorTable).map((name) => renderError(name as ErrorName)),
    ''
  ].join('\n')
}

function renderSentence ({ says, where, means, remedy }: LabelStudioSentence): string[] {
  return [
    `### ${escape(says)}`,
    '',
    `- **Where:** ${escape(where)}.`,
    `- **It means:** ${escape(means)}`,
    `- **What to do:** ${escape(typeof remedy === 'string' ? remedy : remedyOf(remedy.of) ?? '')}`,
    ''
  ]
}

function renderCheck (): string[] {
  const lines = ['| line | state | sentence | what to do |', '|---|---|---|---|']
  for (const [id, title] of Object.entries(checkTitles)) {
    for (const [check, state, sentence, remedy] of Object.values(checkTable)) {
      // Sentences that are nothing but their detail come from the table of errors.
      if (check !== id as CheckId || remedy === null || sentence === '%s') continue
      lines.push(`| ${title} | ${state} | ${cell(sentence)} | ${cell(remedy)} |`)
    }
  }
  return [...lines, '']
}

function renderError (name: ErrorName): string {
  const sentence: string = errorTable[name][1]
  const remedy = remedyOf(name)
  return `| ${cell(remedy === null ? sentence : sentence.slice(0, -remedy.length).trimEnd())} | ${cell(remedy ?? 'The sentence itself goes on with what to do.')} |`
}

function cell (text: string): string {
  return escape(text.replaceAll('%s', '…')).replaceAll('|', '\\|')
}

function escape (text: string): string {
  return text.replaceAll('<', '&lt;')
}
