import t from 'tap'
import { Random } from '#wardbridge/generate/random.js'

t.test('a stream is the same for the same name and another one for another name', async (t) => {
  const draw = (name: string) => {
    const random = new Random(name)
    return Array.from({ length: 20 }, () => random.unit())
  }
  t.same(draw('1/labevents/7'), draw('1/labevents/7'))
  t.notSame(draw('1/labevents/7'), draw('1/labevents/8'))
  t.notSame(draw('1/labevents/7'), draw('2/labevents/7'))
})

t.test('the first numbers of a stream never change', async (t) => {
  const random = new Random('1/person/0')
  t.same([random.whole(0, 999999), random.whole(0, 999999), random.whole(0, 999999)], [741041, 274046, 205286])
})

t.test('numbers stay within their bounds and fill them evenly', async (t) => {
  const random = new Random('bounds')
  const seen = new Map<number, number>()
  for (let i = 0; i < 60000; i++) {
    const n = random.whole(3, 8)
    seen.set(n, (seen.get(n) ?? 0) + 1)
    const between = random.between(-2, 5)
    if (between < -2 || between >= 5) t.fail(`between gave ${between}`)
  }
  t.same([...seen.keys()].sort(), [3, 4, 5, 6, 7, 8])
  for (const [n, times] of seen) t.ok(times > 9500 && times < 10500, `${n} came ${times} of 60000 times`)
})

t.test('normal numbers have the mean and the deviation asked for', async (t) => {
  const random = new Random('normal')
  const numbers = Array.from({ length: 40000 }, () => random.normal(50, 8))
  const mean = numbers.reduce((sum, n) => sum + n, 0) / numbers.length
  const deviation = Math.sqrt(numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0) / numbers.length)
  t.ok(Math.abs(mean - 50) < 0.2, `mean ${mean}`)
  t.ok(Math.abs(deviation - 8) < 0.2, `deviation ${deviation}`)
})

t.test('choose follows the weights and never takes a weight of zero', async (t) => {
  const random = new Random('weights')
  const seen = { often: 0, seldom: 0, never: 0 }
  for (let i = 0; i < 20000; i++)
    seen[
      random.choose<keyof typeof seen>([
        ['often', 9],
        ['never', 0],
        ['seldom', 1]
      ])
    ]++
  t.equal(seen.never, 0)
  t.ok(seen.often > 17600 && seen.often < 18400, `often ${seen.often}`)
})
