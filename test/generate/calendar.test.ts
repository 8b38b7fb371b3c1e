import t from 'tap'
import { addYears, at, dateText, startOfDay, timeText } from '#wardbridge/generate/calendar.js'

t.test('writes times as the source does', async (t) => {
  t.equal(timeText(at(2164, 10, 23, 21 * 3600 + 9 * 60 + 5)), '2164-10-23 21:09:05')
  t.equal(timeText(at(2104, 2, 29)), '2104-02-29 00:00:00')
  t.equal(timeText(at(1817, 3, 2)), '1817-03-02 00:00:00', 'also before 1970')
  t.equal(timeText(undefined), '')
})

t.test('every day of a hundred years has the text the platform gives', async (t) => {
  for (let day = at(2100, 1, 1); day < at(2200, 1, 1); day += 86400) {
    const expected = new Date(day * 1000).toISOString().slice(0, 10)
    if (dateText(day) !== expected) t.equal(dateText(day), expected)
    if (startOfDay(day + 86399) !== day) t.equal(startOfDay(day + 86399), day)
  }
  t.pass('36,524 days')
})

t.test('adding years keeps the day, and makes 29 February the 28th where there is none', async (t) => {
  t.equal(dateText(addYears(at(2150, 7, 14), -300)), '1850-07-14')
  t.equal(dateText(addYears(at(2104, 2, 29), -4)), '2100-02-28', '2100 is no leap year')
  t.equal(dateText(addYears(at(2104, 2, 29), 4)), '2108-02-29')
})
