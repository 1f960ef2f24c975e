import type { KeypointSet } from '../../../models/keypoint-set.ts'
import { version } from '../../version.ts'
import { count, describeOrigin, describePeople, measuredParts, partTitles, percent, qualityColumns } from '../print-quality.ts'
import type { PictureDrawing, QualityReport } from '../quality-report.ts'
import { escapeHtml } from './escape-html.ts'
import { renderDrawing } from './render-drawing.ts'
import { renderCorrectionBars, renderOksHistogram, renderPartBars, renderReliability } from './render-plots.ts'
import { reportStyle } from './report-style.ts'

/** What such a page may do: nothing but its own style. */
export const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'"

/** The report as a page of its own: one file that opens from disk and asks nothing from anywhere. @param drawings of the worst pictures, one each */
export function renderReport (report: QualityReport, drawings: readonly PictureDrawing[], set: KeypointSet): string {
  const title = `Quality of ${describeOrigin(report.from)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${reportPolicy}">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${renderFacts(report)}
${renderTiles(report)}
<h2>Per part</h2>
${renderTable(report)}
<p class="soft">OKS and PCK are of people both predicted and annotated; AP and AR also count people who were missed or invented. What a column means is shown when the pointer rests on its name.</p>
<h2>Plots</h2>
<div class="plots">
${renderFigure('How good the people are', '', renderOksHistogram(report.oksHistogram))}
${renderFigure('Parts', key('first', 'OKS') + key('second', 'PCK@0.05') + key('third', 'AP'), renderPartBars(report))}
${renderFigure('What annotators changed', key('first', 'moved') + key('second', 'deleted') + key('third', 'added'), renderCorrectionBars(report))}
${renderFigure('What scores are worth', key('first', `as predicted${describeError(report.reliability.error)}`) + (report.reliability.calibrated === null ? '' : key('third', `calibrated${describeError(report.reliability.calibrated.error)}`)), renderReliability(report.reliability))}
</div>
${renderWorst(report, drawings, set)}
</main>
</body>
</html>
`
}

function renderFacts ({ tasks, modelVersions, keypointSet, problems }: QualityReport): string {
  const newest = tasks.compared - tasks.madeFromPrediction
  const left = [
    ...(tasks.withoutAnnotation > 0 ? [`${count(tasks.withoutAnnotation, 'task', 'tasks')} without annotation`] : []),
    ...(tasks.withoutPrediction > 0 ? [`${count(tasks.withoutPrediction, 'task', 'tasks')} without prediction`] : []),
    ...(tasks.unread > 0 ? [`${count(tasks.unread, 'task', 'tasks')} beyond the bounds of the report`] : []),
    ...(problems.count > 0 ? [`${count(problems.count, 'thing', 'things')} that could not be read`] : [])
  ]
  const models = Object.entries(modelVersions).map(([name, number]) => Object.keys(modelVersions).length === 1 ? name : `${name} (${count(number, 'task', 'tasks')})`)
  return `<p>${escapeHtml(`${count(tasks.compared, 'task', 'tasks')}, predictions of ${models.join(', ')}, points of ${keypointSet}`)}</p>
<p class="soft">${tasks.madeFromPrediction} compared with the prediction the annotation was made from${newest > 0 ? `, ${newest} with the newest prediction of the task` : ''}.${left.length > 0 ? ` Left out: ${left.join(', ')}.` : ''} label-studio-rtmpose ${version}</p>`
}

function renderTiles ({ parts, people, secondsPerPicture }: QualityReport): string {
  const whole = parts.at(-1)!
  const tiles: Array<[string, string]> = [
    [whole.oks?.toFixed(3) ?? '-', 'mean OKS'],
    [whole.ap?.toFixed(3) ?? '-', 'AP'],
    [percent(whole.pck05), 'points within 5 % of the box'],
    [String(people.annotated), 'people annotated'],
    [String(people.added), 'people missed, added by hand'],
    [String(people.removed), 'people invented, removed by hand'],
    ...(secondsPerPicture === null ? [] : [[`${secondsPerPicture.median.toFixed(0)} s`, 'per picture (median)'] as [string, string]])
  ]
  return `<div class="tiles">${tiles.map(([value, name]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`).join('')}</div>`
}

function renderTable (report: QualityReport): string {
  const head = qualityColumns.map(({ title, meaning }) => `<th scope="col" title="${escapeHtml(meaning)}">${title}</th>`)
  const rows = measuredParts(report).map((part) => `<tr><th scope="row">${partTitles[part.name]}</th>${qualityColumns.map(({ of }) => `<td>${of(part)}</td>`).join('')}</tr>`)
  return `<div class="table"><table><thead><tr><th scope="col">part</th>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

function renderFigure (title: string, keys: string, plot: string): string {
  return `<figure><h3>${title}</h3><figcaption>${keys}&nbsp;</figcaption>${plot}</figure>`
}

function key (style: string, text: string): string {
  return `<span class="key ${style}">${text}</span>`
}

function describeError (error: number | null): string {
  return error === null ? '' : `, off by ${percent(error)}`
}

function renderWorst ({ worst }: QualityReport, drawings: readonly PictureDrawing[], set: KeypointSet): string {
  if (worst.length === 0) return ''
  const pictures = worst.map(({ task, link, page, oks, ...people }, index) => {
    const name = `task ${task}${page === null ? '' : `, page ${page + 1}`}`
    return `<div class="picture"><div class="head">${link === null ? `<span>${name}</span>` : `<a href="${escapeHtml(link)}">${name}</a>`}<b>${oks.toFixed(3)}</b></div>${renderDrawing(drawings[index]!, set)}<span class="soft">${describePeople(people)}</span></div>`
  })
  return `<h2>Worst pictures</h2>
<p class="soft">${key('annotated', 'as annotated')}${key('predicted', 'as predicted')}. The number is the mean OKS of everyone in the picture; who was missed or invented counts 0.</p>
<div class="pictures">
${pictures.join('\n')}
</div>`
}
