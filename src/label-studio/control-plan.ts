/** What to fill in a project: the labelling interface, matched against the points of a model. Made by matchControls. */
import type { TreeName } from '../../models/keypoint-set.ts'
import type { ImageTag } from './parse-label-config.ts'

export interface ControlPlan {
  /** All Image tags, also those without anything to fill. */
  images: readonly ImageTag[]
  /** One per Image tag with something to fill, in the order of the interface. */
  pictures: readonly PicturePlan[]
}

export interface PicturePlan {
  image: ImageTag
  /** Ascending by index, each index at most once. */
  keypoints: readonly KeypointTarget[]
  people: PeopleTarget | null
  /** Each tree at most once. */
  skeletons: readonly SkeletonTarget[]
  certainty: CertaintyTarget | null
}

/** One point of the model and where it goes. */
export interface KeypointTarget {
  /** Into KeypointSet.names. */
  index: number
  fromName: string
  /** As it must stand in the result: alias before value. */
  label: string
}

/** Where a person's box goes. label null: a plain Rectangle control. */
export interface PeopleTarget {
  fromName: string
  label: string | null
}

/** Where a region that the model is less sure of is marked. */
export interface CertaintyTarget {
  fromName: string
  choice: string
  /** Regions with a lower score are marked. */
  below: number
}

/** Where a skeleton goes. label null: a plain Vector control. */
export interface SkeletonTarget {
  tree: TreeName
  fromName: string
  label: string | null
}
