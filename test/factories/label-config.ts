/** Labelling interfaces for tests, written as a user would. */
export function labelConfig (...controls: string[]): string {
  return `<View><Image name="image" value="$image"/>${controls.join('')}</View>`
}

export function pointsControl (names: readonly string[], { name = 'points', toName = 'image', attributes = '' } = {}): string {
  return `<KeyPointLabels name="${name}" toName="${toName}" ${attributes}>${names.map((value) => `<Label value="${value}"/>`).join('')}</KeyPointLabels>`
}

export const peopleControl = '<RectangleLabels name="box" toName="image"><Label value="person"/></RectangleLabels>'
