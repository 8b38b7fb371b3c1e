import { execFileSync } from 'node:child_process'
import t from 'tap'
import { dateTimeMaker, isTimezone, localTimeReader } from '#wardbridge/mapping/zone.js'
import { anyCell, Random } from './random.js'

function at(timezone: string, text: string): { json: string; missed: string[] } {
  const missed: string[] = []
  const json = dateTimeMaker(timezone)(text, (column, value) => missed.push(`${column}=${value}`))
  return { json, missed }
}

t.test('a fixed offset is the same in summer and winter, fractions are kept', async (t) => {
  t.same(at('-05:00', '2164-07-01 12:00:00'), { json: '"2164-07-01T12:00:00-05:00"', missed: [] })
  t.same(at('-05:00', '2164-01-01 12:00:00.120'), { json: '"2164-01-01T12:00:00.120-05:00"', missed: [] })
  t.same(at('Z', '2164-01-01 12:00:00'), { json: '"2164-01-01T12:00:00Z"', missed: [] })
})

t.test('a zone has the offset of the day', async (t) => {
  t.equal(at('Europe/Paris', '2024-01-15 12:00:00').json, '"2024-01-15T12:00:00+01:00"')
  t.equal(at('Europe/Paris', '2024-07-15 12:00:00').json, '"2024-07-15T12:00:00+02:00"')
  t.equal(at('America/New_York', '2024-07-15 12:00:00.5').json, '"2024-07-15T12:00:00.5-04:00"')
  t.equal(at('Asia/Kolkata', '2024-07-15 12:00:00').json, '"2024-07-15T12:00:00+05:30"')
  t.equal(at('Asia/Kathmandu', '2024-07-15 12:00:00').json, '"2024-07-15T12:00:00+05:45"')
})

t.test('an hour shown twice is the earlier one, and is counted', async (t) => {
  t.same(at('Europe/Paris', '2024-10-27 02:30:00'), {
    json: '"2024-10-27T02:30:00+02:00"',
    missed: ['timezone=ambiguous local time in Europe/Paris']
  })
  t.same(at('America/New_York', '2024-11-03 01:00:00').json, '"2024-11-03T01:00:00-04:00"')
  t.same(at('Europe/Paris', '2024-10-27 01:59:59').missed, [])
  t.same(at('Europe/Paris', '2024-10-27 03:00:00'), { json: '"2024-10-27T03:00:00+01:00"', missed: [] })
})

t.test('an hour that never was keeps the offset from before, and is counted', async (t) => {
  t.same(at('Europe/Paris', '2024-03-31 02:30:00'), {
    json: '"2024-03-31T02:30:00+01:00"',
    missed: ['timezone=local time that did not exist in Europe/Paris']
  })
  t.equal(at('America/New_York', '2024-03-10 02:30:00').json, '"2024-03-10T02:30:00-05:00"')
  t.same(at('Europe/Paris', '2024-03-31 03:00:00'), { json: '"2024-03-31T03:00:00+02:00"', missed: [] })
})

t.test('the instant is the one that the zone shows, for any day', async (t) => {
  const random = new Random(99)
  for (const zone of ['Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia']) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    for (let count = 0; count < 300; count++) {
      const text = `${1972 + random.int(200)}${anyCell(random, 'timestamp').slice(4, 19)}`.replace('-02-29', '-02-28')
      const { json, missed } = at(zone, text)
      if (missed.some((one) => one.includes('did not exist'))) continue
      const shown = format.format(new Date(JSON.parse(json)))
      if (shown !== text) return t.equal(shown, text, `${zone} ${json}`)
    }
  }
  t.pass()
})

t.test('the way back gives the text of the cell, also for hours shown twice or never', async (t) => {
  for (const zone of ['Z', '-05:00', '+05:45', 'Europe/Paris', 'America/New_York']) {
    const read = localTimeReader(zone)
    for (const text of [
      '2024-03-31 02:30:00',
      '2024-10-27 02:30:00.25',
      '2024-03-10 02:30:00',
      '2024-11-03 01:00:00',
      '0099-07-01 00:00:00',
      '9999-12-31 23:59:59'
    ])
      t.equal(read(JSON.parse(at(zone, text).json)), text, `${zone} ${text}`)
  }
})

t.test('a time that somebody wrote with another offset comes back as the clock of the source shows it', async (t) => {
  t.equal(localTimeReader('-05:00')('2164-10-24T02:09:00Z'), '2164-10-23 21:09:00')
  t.equal(localTimeReader('-05:00')('2164-10-23T21:09:00.50-04:00'), '2164-10-23 20:09:00.50')
  t.equal(localTimeReader('Europe/Paris')('2024-07-01T10:00:00Z'), '2024-07-01 12:00:00')
  t.equal(localTimeReader('Europe/Paris')('2024-10-27T02:30:00+01:00'), '2024-10-27 02:30:00', 'the later of the two')
  t.equal(localTimeReader('Z')('2024-07'), '2024-07', 'no time is invented')
})

t.test('what is no time zone is told', async (t) => {
  for (const good of ['Z', '+00:00', '-05:00', '+14:00', '+05:45', 'UTC', 'Europe/Paris']) t.ok(isTimezone(good), good)
  for (const bad of ['', '+14:30', '-24:00', '05:00', '-5', 'Europe/Nowhere', '-05:60']) t.notOk(isTimezone(bad), bad)
})

t.test('the zone of the machine makes no difference', async (t) => {
  const program = `
    import { installed, mapRow } from ${JSON.stringify(new URL('./support.js', import.meta.url).href)}
    const rows = ['2024-03-31 02:30:00', '2024-10-27 02:30:00', '2164-07-01 00:00:00', '0001-01-01 00:00:00']
    for (const timezone of ['-05:00', 'Europe/Paris']) {
      const pack = await installed('hospital', { timezone })
      for (const admittime of rows) console.log(JSON.stringify(mapRow(pack, 'admissions', { subject_id: '1', hadm_id: '2', admittime, dischtime: admittime })))
      console.log(JSON.stringify(mapRow(pack, 'patients', { subject_id: '1', dob: '1958-03-11 00:00:00' })))
    }`
  const outputs = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'].map((TZ) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, TZ }, encoding: 'utf8' })
  )
  t.match(outputs[0], '2024-10-27T02:30:00+02:00')
  for (const output of outputs) t.equal(output, outputs[0])
})
