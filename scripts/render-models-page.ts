import { registry } from '../models/find-model.ts'
import type { ModelEntry } from '../models/model-entry.ts'
import { publishedAccuracy } from '../models/registry/published-accuracy.ts'
import { modeEntries, renderModesTable } from './render-modes-table.ts'

/** The text of docs/models.md. */
export function renderModelsPage (): string {
  const entries = new Map<string, ModelEntry>()
  for (const [, { detector, pose }] of modeEntries()) {
    entries.set(detector.id, detector)
    entries.set(pose.id, pose)
  }
  for (const entry of registry) entries.set(entry.id, entry)
  return [
    '# Modes and models',
    '',
    'A mode is a pair of networks: one finds people, the other places points on each. This page is written from `models/` by `npm run docs`.',
    '',
    renderModesTable('../'),
    '',
    '`DETECTOR` takes another detector than the mode\'s: `nano` to `x` for speed or accuracy, `coco-nano` to `coco-x` for one that was trained on COCO alone, without',
    'Human-Art. Your own networks: [own-models.md](own-models.md).',
    '',
    'The starter models are small networks of our own under **CC BY-NC 4.0**: not for commercial use. `/health` names the licences of the files in use.',
    '',
    '## Where the files come from',
    '',
    'Those of `starter` are built in. The files of the other modes are downloaded at the first start into `MODEL_DIR` (in the container `/app/models`, otherwise',
    '`~/.cache/label-studio-rtmpose/models`), from OpenMMLab or a copy on Hugging Face at a fixed revision.',
    '',
    '- **Download.** The service listens meanwhile: `/predict` answers 503 and how far it is, `/health` has it in `download`. A download',
    '  that breaks is continued, by the next start too; every file is checked by size and SHA-256 before it gets its name. Where the',
    '  registry knows no SHA-256, the first download is pinned in `models.lock.json`. A file that is damaged or exchanged later is',
    '  refused by name. Replicas that share the folder download once. `MODEL_MIRROR` is asked first; `HTTP_PROXY`, `HTTPS_PROXY` and',
    '  `NO_PROXY` are respected; with `MODEL_DOWNLOAD=never` nothing is fetched.',
    '- **Fallback.** When the files of `MODE` cannot be had, the starter models serve in their place until the next start: the log',
    '  warns, `/health` has the reason in `fallback`, and predictions carry `starter-<version>` as their model version, so that nobody',
    '  takes one for the other. With `MODEL_FALLBACK=none` the service answers 503 with the remedy and tries the download again. Files you',
    '  name yourself (`DETECTOR_MODEL`, `POSE_MODEL`) are never replaced.',
    '- **By hand.** Put a file into `MODEL_DIR` under the name given below; most addresses are archives, of which only the `.onnx` inside is needed. Or with',
    '  the command line:',
    '',
    '```sh',
    'npx label-studio-rtmpose models list                  # every model, its licence, its published accuracy, and whether it is here',
    'npx label-studio-rtmpose models pull balanced         # download ahead, also on another machine, to carry the folder over',
    'npx label-studio-rtmpose models verify                # check what is here',
    '```',
    ...[...entries.values()].flatMap(describe),
    ''
  ].join('\n')
}

function describe (entry: ModelEntry): string[] {
  const accuracy = publishedAccuracy[entry.id]
  return [
    '', `## ${entry.title}`, '',
    `- file: \`${entry.file}\`${entry.bytes === null ? '' : `, ${entry.bytes} bytes`}`,
    `- SHA-256 of the file: ${entry.sha256 === null ? 'not known' : `\`${entry.sha256}\``}`,
    ...(entry.archiveSha256 === null ? [] : [`- SHA-256 of the archive: \`${entry.archiveSha256}\``]),
    ...entry.addresses.map((address) => `- <${address}>`),
    ...(accuracy === undefined ? [] : [`- published accuracy: ${accuracy.measure} ${accuracy.value.toFixed(1)} (${accuracy.source})`]),
    `- licence: ${entry.license}`,
    `- source: ${entry.source}`
  ]
}
