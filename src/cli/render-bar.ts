const places = 20

/** For example "[########............]". @param share 0..1; what lies outside is taken for the nearest of both */
export function renderBar (share: number): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * places)
  return `[${'#'.repeat(full)}${'.'.repeat(places - full)}]`
}
