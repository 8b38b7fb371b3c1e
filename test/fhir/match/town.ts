/** The people of a town, each with true facts, and how two hospitals wrote them down. The same for the same seed. */
import type { Random } from '#wardbridge/generate/random.js'
import type { Facts } from './cases.js'

interface Person extends Facts {
  readonly family: string
  readonly given: readonly string[]
  readonly birth: string
  readonly sex: string
  readonly phone: string
  readonly address: readonly [string, string, string]
}

const FAMILIES =
  'Ardent Bellweather Cornfield Dunmore Eastlake Fairbrook Greenhalgh Harrowgate Inglewood Jessop Kingsley Larkspur Merriweather Northcote Oakhurst Pemberton Quill Ravensworth Silverton Thornbury Underhill Vandermeer Whitlock Yarborough Zeller Smith Smythe Meyer Maier Schmidt Johnson Johnston Carreño Núñez OʼBrien Nguyen'.split(
    ' '
  )
const FEMALE =
  'Ada Beatrix Clara Dorothea Elizabeth Frances Greta Harriet Ingrid Julia Katherine Louisa Maria Nora Olivia Patricia Rebecca Sophia Victoria Anna Anne Hanna Renée Lucía'.split(
    ' '
  )
const MALE =
  'Albert Benjamin Charles Daniel Edward Frederick George Henry James Kenneth Lawrence Michael Nicholas Oscar Peter Robert Samuel Thomas Victor William Jon John Jan Tomás'.split(
    ' '
  )
const STREETS = 'Main Oak Elm River Church Mill Station Garden'.split(' ')
const SHORT: Readonly<Record<string, string>> = {
  Elizabeth: 'Liz',
  Robert: 'Bob',
  William: 'Bill',
  Katherine: 'Kate',
  Michael: 'Mike',
  James: 'Jim',
  Thomas: 'Tom'
}

export function town(random: Random, families: number): Person[] {
  const people: Person[] = []
  const one = <T>(list: readonly T[]) => list[random.whole(0, list.length - 1)]!
  for (let n = 0; n < families; n++) {
    const shared = {
      family: one(FAMILIES),
      phone: `555-01${String(random.whole(0, 9999)).padStart(4, '0')}`,
      address: [`${random.whole(1, 99)} ${one(STREETS)} Street`, 'Springfield', `0${random.whole(2100, 2199)}`] as const
    }
    const add = (birth: string, given?: readonly string[], known?: string) => {
      const sex = known ?? one(['female', 'male'])
      people.push({ ...shared, birth, sex, given: given ?? [one(sex === 'female' ? FEMALE : MALE), one(sex === 'female' ? FEMALE : MALE)] })
    }
    const year = random.whole(1930, 1990)
    add(day(random, year))
    const [parent] = people.slice(-1)
    // A child, now and then of the same name; now and then twins.
    if (random.chance(0.5)) {
      const birth = day(random, year + random.whole(20, 40))
      if (random.chance(0.2)) add(birth, parent!.given, parent!.sex)
      else add(birth)
      if (random.chance(0.15)) add(birth)
    }
  }
  return people
}

/** What another hospital wrote down, months or years later. */
export function asSeenElsewhere(random: Random, person: Person): Facts {
  const { family, given, birth, phone, address } = person
  const [first = '', second = ''] = given
  return {
    ...person,
    family: random.chance(0.03)
      ? slip(random, family)
      : random.chance(0.02) && person.sex === 'female'
        ? FAMILIES[random.whole(0, 24)]!
        : family,
    given: random.chance(0.05)
      ? [SHORT[first] ?? first, second]
      : random.chance(0.3)
        ? [first]
        : random.chance(0.03)
          ? [slip(random, first), second]
          : given,
    birth: random.chance(0.02) ? birth.slice(0, 8) + String(random.whole(1, 28)).padStart(2, '0') : birth,
    sex: random.chance(0.02) ? null : person.sex,
    phone: random.chance(0.3) ? null : random.chance(0.2) ? `555-02${String(random.whole(0, 9999)).padStart(4, '0')}` : phone,
    address: random.chance(0.25) ? [`${random.whole(1, 99)} Hill Road`, 'Riverside', '90210'] : address
  }
}

function day(random: Random, year: number): string {
  return `${year}-${String(random.whole(1, 12)).padStart(2, '0')}-${String(random.whole(1, 28)).padStart(2, '0')}`
}

/** Two neighbouring letters swapped, or one left out. */
function slip(random: Random, word: string): string {
  const at = random.whole(1, word.length - 2)
  return random.chance(0.5) ? word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2) : word.slice(0, at) + word.slice(at + 1)
}
