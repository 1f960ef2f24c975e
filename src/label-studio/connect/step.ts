/** One thing that connecting a project has looked after, as it stands now. */
export interface Step {
  name: 'label-studio' | 'project' | 'interface' | 'model' | 'predictions' | 'webhook'
  /** found: only read. right: was so before. kept: somebody else's, left as it is. note: worth knowing. open: asked for and not done. */
  state: 'found' | 'created' | 'changed' | 'removed' | 'right' | 'kept' | 'note' | 'open'
  /** A short sentence for a person. */
  text: string
}
