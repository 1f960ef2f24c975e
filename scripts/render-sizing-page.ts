import { calibrationMs, commonMemory, costOfMode, measuredCosts, measuredOn } from '../models/measured-costs.ts'
import { modes, type Mode } from '../models/modes.ts'
import { loadConfig } from '../src/config.ts'
import { answersAtOnce } from '../src/answers-at-once.ts'
import { allDerived, planMemory, usualDownloads } from '../src/container/plan-memory.ts'
import { roomInPictures } from '../src/room-in-pictures.ts'
import { estimateRun, type Run } from '../src/sizing/estimate-run.ts'
import { jobWork, labelStudio, parallelShare } from '../src/sizing/known-limits.ts'

const measured = Object.keys(measuredCosts) as Array<keyof typeof measuredCosts>
const { jobBatchSize, jobPagesPerMinute } = loadConfig({})
const usual: Omit<Run, 'pictures' | 'mode' | 'hours'> = { people: 2, coresPerReplica: 2, pictureKB: 300, msPerPicture: null, slowness: 1, tasksPerMinute: jobBatchSize * jobPagesPerMinute, pricePerCoreHour: null }
const scales = [['10,000 in 8 hours', 10_000, 8], ['1 million in 2 days', 1_000_000, 48], ['100 million in 30 days', 100_000_000, 720]] as const

/** The text of docs/sizing.md. */
export function renderSizingPage (): string {
  const rate = (people: number) => Math.round(1000 / (labelStudio.listMsPerTask + Math.max(labelStudio.storeMsPerTask, people * labelStudio.storeMsPerPerson)))
  return `# Sizing

How many cores, replicas and gigabytes so many pictures need. Written by \`npm run docs\` from \`models/measured-costs.ts\` and \`src/sizing/\`; the command
computes with the same figures.

\`\`\`sh
npx label-studio-rtmpose sizing --pictures 1000000 --people 2 --mode balanced --hours 48
npx label-studio-rtmpose sizing --pictures 1000000 --measure                                   # scaled by 5 s of measuring this machine
npx label-studio-rtmpose sizing --pictures 1000000 --ms-per-picture 900 --price-per-core-hour 0.05
npx label-studio-rtmpose sizing --pictures 1000000 --url http://localhost:9090                 # what the running service has needed
\`\`\`

Best is your own measurement: let the service estimate 200 of your pictures and more, and ask with \`--url\`. The price is an example and nobody's.

## What a picture costs

Processor time from the request to the answer, download and decoding of a picture of 640 pixels included:

| \`MODE\` | a picture | each person | with two people | core-hours for a million |
|---|---|---|---|---|
${measured.map((mode) => costRow(mode)).join('\n')}

Measured on ${measuredOn}. Networks with the real shapes and random weights, but for \`starter\`. Larger pictures cost more to download and to
decode; that was not measured. How that compares with RTMLib: [results](../bench/RESULTS.md).

${describeStandIns()}

Workers on other cores do not disturb each other much: two on two cores did ${(2 * parallelShare).toFixed(2)} times the work of one (\`bench/workers.ts\`).

## Memory

In MiB; what a worker has for itself besides the pictures in its hands:

| \`MODE\` | each worker | copies of the networks, for all together | a worker without copies | first start of several |
|---|---|---|---|---|
${measured.map((mode) => memoryRow(mode)).join('\n')}

- **Common to all**: ${commonMemory.baseMiB} MiB for the process, ${commonMemory.librariesMiB} MiB of libraries, which the system shares between processes.
- **Copies**: optimised networks in \`MODEL_DIR/mapped\`, written by the first start of several workers, mapped by all later ones and by all processes of
  the machine ([why](decisions/0008-mapped-copies-of-the-networks.md)). A single worker writes none.
- **Pictures**: ${commonMemory.megapixelMiB} MiB a megapixel while it is decoded and estimated, two at once in each worker.
- **Bodies**: ${commonMemory.bodyMegabyteMiB} MiB a megabyte, two of \`MAX_BODY_MB\` at once.
- **Answers**: ${commonMemory.answerMegabyteMiB} MiB a megabyte, ${answersAtOnce} of \`MAX_ANSWER_MB\` at once: small requests make large answers, since thousands of tasks may name one picture.
  When an answer is full, or all together are, the tasks that are left get the code \`POSE_ERR_NEXT_CALL\`. The first task of a request has room in any case, if its
  entry takes no more than 2 MB (a picture of 50 people).
- **Picture files**: \`DOWNLOADS\` and ${roomInPictures(usualDownloads) - usualDownloads} more of \`DOWNLOAD_MAX_MB\`, so that a batch leaves room for annotators, and a copy for each picture in a worker. A fetch begins where the
  largest file would fit; usual ones give nearly all of that back when they are here.
- **Results**: \`CACHE_MB\`. Pictures that wait (\`QUEUE_SIZE\`) hold no bytes.
- **Jobs**: predictions are written when 4 MB have come together.

### What the start derives

The limit of the container (cgroup v2, or v1), or else the memory of the machine, decides over what is not set: as many \`WORKERS\` as cores, fewer where the
memory does not hold them with the least bounds; then \`CACHE_MB\`, \`MAX_BODY_MB\`, \`MAX_ANSWER_MB\`, \`MAX_MEGAPIXELS\` and \`DOWNLOAD_MAX_MB\` grow
with what is left, to what is plenty. What one is set to, the others have not. A tenth is left free. The log says so in its first line. For two cores:

| \`MODE\` | memory | workers | \`CACHE_MB\` | \`MAX_BODY_MB\` | \`MAX_ANSWER_MB\` | \`MAX_MEGAPIXELS\` | \`DOWNLOAD_MAX_MB\` |
|---|---|---|---|---|---|---|---|
${(['lightweight', 'balanced', 'performance'] as const).flatMap((mode) => [1, 2, 4, 8].map((gibibytes) => planRow(mode, gibibytes))).join('\n')}

- **What cannot fit is refused** with exit code 78 and what to do about it, when one worker alone takes more than there is.
- **What is set stays.** With \`WORKERS\` set nothing is refused; that the kernel will end the process is said in the log.
- **Own networks** (both \`DETECTOR_MODEL\` and \`POSE_MODEL\`) are not known: they count like \`starter\`, and nothing is refused.

## Choosing

- **Mode.** The accuracy that your annotators need less work with decides, not the cost: [models.md](models.md), [quality.md](quality.md). Try some hundred
  pictures in two modes and compare.
- **Workers.** One a core, which is the default.
- **Replicas.** One machine with many cores needs one. Several are for several machines, and for [restarts without a gap](deployment.md#several-replicas).

Replicas of two cores for pictures with two people, and the core-hours:

| \`MODE\` | ${scales.map(([name]) => name).join(' | ')} |
|---|---|---|---|
${measured.map((mode) => `| \`${mode}\` | ${scales.map(([, pictures, hours]) => runCell(mode, pictures, hours)).join(' | ')} |`).join('\n')}

**10,000 pictures** are an evening on a machine with two cores: \`annotate\` or a [job](jobs.md), no Redis, no second replica.

**A million** wants some replicas with Redis; look at the database of Label Studio first (below).

**100 million** are beyond what one Label Studio takes: write files with [\`predict\`](predict.md), and import what will be looked at.

## What limits next

| what | measured | so |
|---|---|---|
| Label Studio, storing | ${labelStudio.storeMsPerPerson} ms a person (11 to 24 ms a task of one person, 30 ms of two, in calls of 50 to 250 tasks), and ${labelStudio.listMsPerTask} ms a task to list it | about ${rate(1)} tasks/s with one person on each, ${rate(2)} with two; single predictions (207 ms) would be 5 |
| its database | ${labelStudio.personBytes / 1000} KB of JSON a person of 133 points | with two people ${storedGB(10_000)} GB for 10,000 pictures, ${storedGB(1_000_000)} GB for a million, ${(storedGB(100_000_000) / 1000).toFixed(1)} TB for 100 million; a preset with fewer points takes less |
| \`JOB_PAGES_PER_MINUTE\` | ${jobPagesPerMinute} pages of \`JOB_BATCH_SIZE\` = ${jobBatchSize}, by all replicas together | ${jobBatchSize * jobPagesPerMinute / 60} tasks/s; raise it where Label Studio bears more |
| the main thread of a replica | ${jobWork.tasksPerSecond} tasks/s when every picture is known already | never first: networks are slower |
| Redis | ${jobWork.redisCommandsPerPage} commands and ${jobWork.redisKBPerPage} KB a page, ${jobWork.redisMBPerJob} MB a job | at 100 tasks/s 160 commands/s: never first |
| network | a picture file in, ${labelStudio.personBytes / 1000} KB a person out | 30 pictures/s of 300 KB are 9 MB/s in and 2 MB/s out |
| Label Studio's *Retrieve Predictions* | one request of at most 80 s (\`REQUEST_BUDGET_S\`) | ${Math.floor(80 * 2 * parallelShare * 1000 / msOf('balanced'))} pictures of \`balanced\` on two cores; for more a [job](jobs.md) |
| money | core-hours times your price | the table above; \`--price-per-core-hour\` |

Label Studio was 1.23.2 with SQLite on the same two cores, which others used too. PostgreSQL and more processes of its own take more; that was not measured.

## How it was measured

\`\`\`sh
npm run build && npx tsx bench/sizing.ts cost
npm run build && npx tsx bench/sizing.ts memory
npm run build && npx tsx bench/sizing.ts buffers
npm run build && npx tsx bench/jobs.ts redis
\`\`\`

- **Cost**: processor time of the whole process, picture by picture through all modes in turns; the lower quartile of each number of people, since busy neighbours
  only ever add to it. \`starter\` finds who is on the photos; the other detectors find one person, or four.
- **Memory**: the most that was resident, of the service and the process that writes the copies; after few pictures for the large networks, so leave the tenth
  that the start leaves.
- **Under a limit of the kernel** (cgroup v1): the first start of \`lightweight\` with two workers was ended at 650 MiB and went through at 850 MiB. \`starter\` in
  1 GiB bore the largest pictures and bodies that its start had derived, all at once, and eight requests at once of 100 tasks with 45 people each beside
  24 files of nearly 10 MB (at most 302 MiB, page cache included); without the bound for answers the kernel ended it (\`test/closing/memory-limit.test.ts\`).
- **The prediction** is compared with the real service in \`test/sizing/prediction.test.ts\`, scaled by \`--measure\` in the same run: it must be right within a factor of 1.6.
  \`--measure\` compares with ${calibrationMs} ms of a picture of the starter networks on the machine of the table.
`
}

function msOf (mode: Mode): number {
  const { pictureMs, personMs } = costOfMode(mode)
  return pictureMs + 2 * personMs
}

function costRow (mode: Mode): string {
  const { pictureMs, personMs } = costOfMode(mode)
  return `| \`${mode}\` | ${pictureMs} ms | ${personMs} ms | ${Math.round(msOf(mode))} ms | ${Math.round(msOf(mode) / 3.6)} |`
}

function memoryRow (mode: Mode): string {
  const { workerMiB, mappedMiB, aloneMiB, firstStartMiB } = costOfMode(mode)
  return `| \`${mode}\` | ${workerMiB} | ${mappedMiB === 0 ? 'none' : mappedMiB} | ${aloneMiB} | ${firstStartMiB === 0 ? 'as later ones' : firstStartMiB} |`
}

function planRow (mode: Mode, gibibytes: number): string {
  const { workers, cacheMB, maxBodyMB, maxAnswerMB, maxMegapixels, downloadMaxMB, misfit } = planMemory(allDerived, { mode, areOwn: false, isMapped: true, hasCopies: false }, { memoryBytes: gibibytes * 2 ** 30, cores: 2, isContainer: true })
  const doubt = misfit === null ? '' : misfit.isSure ? ' (refused)' : ' (with a warning)'
  return `| \`${mode}\` | ${gibibytes} GiB | ${workers}${doubt} | ${cacheMB} | ${maxBodyMB} | ${maxAnswerMB} | ${maxMegapixels} | ${downloadMaxMB} |`
}

function runCell (mode: Mode, pictures: number, hours: number): string {
  const { replicas, coreHours } = estimateRun({ ...usual, mode, pictures, hours })
  return `${replicas}, ${Number(coreHours.toPrecision(2)).toLocaleString('en-US')} h`
}

function storedGB (pictures: number): number {
  return Number(estimateRun({ ...usual, mode: 'balanced', pictures, hours: 1 }).storedGB.toPrecision(2))
}

function describeStandIns (): string {
  const rows = (Object.keys(modes) as Mode[]).filter((mode) => costOfMode(mode).measured !== mode).map((mode) => `\`${mode}\` like \`${costOfMode(mode).measured}\``)
  return `Networks of 17 and 26 points were not at hand: ${rows.join(', ')}, with the same detector and a pose network of as many operations or more; \`body-performance\` itself with YOLOX-x and RTMW-l 384x288 in place of RTMPose-x, on six pictures beside much other work: the same pose network took half as long a person in \`performance\`, so read its row as a bound. Their real figures are lower.`
}
