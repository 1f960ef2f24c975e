/** For people: "1.5 GiB". */
export function toGibibytes (mebibytes: number): string {
  return `${(mebibytes / 1024).toFixed(1)} GiB`
}
