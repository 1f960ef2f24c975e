import { createElement, findElement } from './create-element.js'
import { getHealth, ServiceError } from './service.js'

/** @typedef {import('./service.js').ServiceHealth} ServiceHealth */

/** Milliseconds between two looks at /health: while something is awaited, and otherwise. */
const [soon, later] = [1500, 15_000]

/**
 * Shows how the service is, and asks again for as long as the page is in sight.
 * @param {(health: ServiceHealth) => void} onHealth
 * @returns {() => void} asks soon: something has gone wrong
 */
export function watchService (onHealth) {
  const line = findElement('status', HTMLElement)
  const text = findElement('status-text', HTMLElement)
  const notices = findElement('notices', HTMLElement)
  let shown = ''
  let timer = 0

  async function look () {
    clearTimeout(timer)
    let isAwaited = true
    try {
      const health = await getHealth()
      isAwaited = !health.model_loaded
      show(describe(health), noticesOf(health))
      onHealth(health)
    } catch (error) {
      show({ state: 'failed', words: 'The service does not answer' }, [{ kind: 'failed', title: 'No answer', sentence: error instanceof ServiceError ? error.message : String(error), progress: null }])
    }
    timer = window.setTimeout(() => { if (!document.hidden) look() }, isAwaited ? soon : later)
  }

  /** @param {{ state: string, words: string }} status @param {Notice[]} wanted */
  function show ({ state, words }, wanted) {
    line.className = `status ${state}`
    if (text.textContent !== words) text.textContent = words
    // Written anew only when it says something else: it is read out then.
    const content = JSON.stringify(wanted)
    if (content === shown) return
    const isSameButProgress = withoutProgress(content) === withoutProgress(shown)
    shown = content
    if (isSameButProgress) updateProgress(wanted)
    else notices.replaceChildren(...wanted.map(renderNotice))
  }

  /** @param {Notice[]} wanted */
  function updateProgress (wanted) {
    for (const [index, bar] of notices.querySelectorAll('progress').entries()) {
      const progress = wanted.flatMap((notice) => notice.progress ?? [])[index]
      if (progress !== undefined) setProgress(bar, progress)
    }
  }

  document.addEventListener('visibilitychange', () => { if (!document.hidden) look() })
  look()
  return () => {
    clearTimeout(timer)
    timer = window.setTimeout(look, soon)
  }
}

/**
 * @typedef {{ title: string, received: number, total: number | null }} Progress
 * @typedef {{ kind: 'warning' | 'failed' | 'plain', title: string, sentence: string, progress: Progress[] | null }} Notice
 */

/** @param {ServiceHealth} health */
function describe ({ model_loaded: isLoaded, model_version: version, reason, fallback, download, device, workers }) {
  if (download !== null) return { state: 'warning', words: 'Downloading the model' }
  if (reason !== null) return { state: 'failed', words: 'No model' }
  if (!isLoaded) return { state: 'warning', words: workers.ready === 0 ? 'Model loads' : `${workers.ready} of ${workers.wanted} workers ready` }
  return { state: fallback === null ? 'ok' : 'warning', words: `Ready: ${version} on ${device}` }
}

/** @param {ServiceHealth} health @returns {Notice[]} */
function noticesOf ({ reason, fallback, download, warnings, mode, model_loaded: isLoaded }) {
  /** @type {Notice[]} */
  const notices = []
  if (download !== null) notices.push({ kind: 'plain', title: `The models of ${mode} are being downloaded.`, sentence: 'Pictures that you add meanwhile wait for them.', progress: download })
  else if (reason !== null) notices.push({ kind: 'failed', title: 'There is no model.', sentence: reason, progress: null })
  else if (!isLoaded) notices.push({ kind: 'plain', title: 'The model is not loaded yet.', sentence: 'Pictures that you add wait for it; the first one takes longer.', progress: null })
  if (fallback !== null) notices.push({ kind: 'warning', title: `Starter models in place of ${mode}: poses are drafts.`, sentence: fallback.reason, progress: null })
  for (const warning of warnings) notices.push({ kind: 'warning', title: '', sentence: warning, progress: null })
  return notices
}

/** @param {Notice} notice */
function renderNotice ({ kind, title, sentence, progress }) {
  const bars = (progress ?? []).map((file) => {
    const bar = createElement('progress', { 'aria-label': file.title })
    setProgress(bar, file)
    return bar
  })
  return createElement('div', { class: `notice ${kind}` }, createElement('p', {}, title === '' ? null : createElement('b', {}, title), title === '' ? null : ' ', sentence), ...bars)
}

/** @param {HTMLProgressElement} bar @param {Progress} progress */
function setProgress (bar, { title, received, total }) {
  if (total === null) bar.removeAttribute('value')
  else Object.assign(bar, { max: Math.max(1, total), value: received })
  bar.title = total === null ? title : `${title}: ${Math.round(received / 2 ** 20)} of ${Math.round(total / 2 ** 20)} MB`
}

/** @param {string} content */
function withoutProgress (content) {
  return content.replace(/"received":\d+/g, '')
}
