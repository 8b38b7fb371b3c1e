/** Names of the Cloud Healthcare API: `projects/P/locations/L/datasets/D/fhirStores/F`. */

/** Ids of datasets and stores (reference of the API, fhirStores.create). */
const ID = /^[A-Za-z0-9_.-]{1,256}$/

export function isId(text: string): boolean {
  return ID.test(text)
}

/** The name of the dataset a store is in. */
export function datasetOf(store: string): string {
  return store.slice(0, store.lastIndexOf('/fhirStores/'))
}

/** The name of the location a dataset is in. */
export function locationOf(dataset: string): string {
  return dataset.slice(0, dataset.lastIndexOf('/datasets/'))
}

/** What stands after the last slash. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Whether a text can stand between two slashes of a name. */
export function isPart(text: string): boolean {
  return /^[A-Za-z0-9_.~:-]{1,256}$/.test(text)
}
