/**
 * Puts a text into the clipboard, also where the page came over plain HTTP from another machine and the browser offers no clipboard.
 * @param {string | Promise<string>} text
 * @returns {Promise<boolean>} false: the browser does not allow it
 */
export async function copyText (text) {
  const ready = await text
  try {
    await navigator.clipboard.writeText(ready)
    return true
  } catch {
    return copyBySelection(ready)
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
