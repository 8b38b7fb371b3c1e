import t from 'tap'
import { Random } from '#wardbridge/generate/random.js'
import { openService } from '#wardbridge/service/service.js'
import { toPatient } from '../fhir/match/cases.js'
import { asSeenElsewhere, town } from '../fhir/match/town.js'
import { ADMIN } from '../helper.js'

t.test('finds the people of a town as another hospital wrote them down, and takes nobody for somebody else', async (t) => {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  const random = new Random('match/town/1')
  const people = town(random, 400)
  // Every fifth one was never at the first hospital.
  const known = (n: number) => n % 5 !== 0
  for (const [n, person] of people.entries()) {
    if (known(n)) await service.update(ADMIN, 'Patient', `p${n}`, JSON.stringify({ ...toPatient(person), id: `p${n}` }))
  }
  const tally = { known: 0, best: 0, graded: 0, certain: 0, certainRight: 0, strangers: 0, strangersCertain: 0 }
  for (const [n, person] of people.entries()) {
    const { matches } = await service.match(ADMIN, toPatient(asSeenElsewhere(random, person)), { onlyCertain: false, count: 20 })
    const certain = matches.filter(({ grade }) => grade === 'certain')
    if (known(n)) {
      tally.known++
      if (matches[0]?.patient.id === `p${n}`) tally.best++
      if (matches.some(({ patient }) => patient.id === `p${n}`)) tally.graded++
      tally.certain += certain.length
      if (certain.some(({ patient }) => patient.id === `p${n}`)) tally.certainRight++
    } else {
      tally.strangers++
      tally.strangersCertain += certain.length
      tally.certain += certain.length
    }
  }
  t.comment(JSON.stringify({ people: people.length, ...tally }))
  t.equal(tally.strangersCertain, 0, 'nobody who is not there is found for certain')
  t.equal(tally.certain, tally.certainRight, 'who is found for certain is the one')
  t.ok(tally.best / tally.known > 0.97, `the best match is the one: ${tally.best} of ${tally.known}`)
  t.ok(tally.graded / tally.known > 0.98, `the one is among the matches: ${tally.graded} of ${tally.known}`)
  t.ok(tally.certainRight / tally.known > 0.7, `found for certain: ${tally.certainRight} of ${tally.known}`)
})
