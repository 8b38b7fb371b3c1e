/** The compartments of Patients (R4 compartmentdefinition-patient.html) that a resource is in, seen in the resource itself. */
import { emptyNode, type Node, reach, walk } from './accessors.js'
import { isResourceType } from './definitions.js'
import { referencedPatient } from './references.js'
import { parametersOf, patientCompartment } from './search-parameters.js'

const trees = new Map<string, Node<Set<string>>>()

/** Ids of the Patients; of a Patient its own, too. Content of any form is taken. */
export function patientsOf(resource: { readonly resourceType: string }): ReadonlySet<string> {
  const { resourceType } = resource
  const found = new Set<string>()
  let tree = trees.get(resourceType)
  if (tree === undefined) {
    if (!isResourceType(resourceType)) return found
    tree = compile(resourceType)
    trees.set(resourceType, tree)
  }
  const { id } = resource as { id?: unknown }
  if (resourceType === 'Patient' && typeof id === 'string') found.add(id)
  walk(tree, resource, found)
  return found
}

function compile(type: string): Node<Set<string>> {
  const root = emptyNode<Set<string>>()
  const parameters = parametersOf(type)
  const places = new Set(
    patientCompartment(type).flatMap((code) => (parameters.get(code)?.paths ?? []).flatMap(({ steps }) => reach(root, type, steps)))
  )
  for (const node of new Set([...places].map((place) => place.node)))
    node.visitors.push((value, found) => {
      const id = referencedPatient(value)
      if (id !== undefined) found.add(id)
    })
  return root
}
