/** One picture in the networks of a worker, the next one decoding meanwhile (docs/decisions/0005). */
export const picturesPerWorker = 2
