/**
 * Puts a text into the clipboard, also where the page came over plain HTTP from another machine and the browser offers no clipboard.
 * @param {string} text
 * @returns {Promise<boolean>} false: the browser does not allow it
 */
export async function copyText (text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** @param {string} text */
function copyBySelection (text) {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'unseen'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return done
}
