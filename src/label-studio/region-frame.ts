/** The picture that regions lie in. */
export interface RegionFrame {
  /** Name of the Image tag. */
  toName: string
  /** Page of a multi-page picture, null for a single picture. */
  itemIndex: number | null
  /** Pixels of the upright picture. */
  width: number
  height: number
}

/** Which person a region belongs to, and what it is called. */
export interface RegionIdentity {
  id: string
  /** The person's box; null where the interface has none. */
  parentId: string | null
}

/** What all regions have in common. The size is needed by Label Studio's exports and by its vectors. */
export function describeRegion (frame: RegionFrame, { id, parentId }: RegionIdentity, fromName: string, score: number) {
  return {
    id,
    from_name: fromName,
    to_name: frame.toName,
    original_width: frame.width,
    original_height: frame.height,
    image_rotation: 0 as const,
    score,
    ...(parentId === null ? {} : { parentID: parentId }),
    ...(frame.itemIndex === null ? {} : { item_index: frame.itemIndex })
  }
}
