import { DAY, MINUTE, timeText } from '../calendar.js'
import type { Random } from '../random.js'
import type { Stay } from '../stay.js'
import type { Table } from '../table.js'
import { LATER, QUESTIONS } from '../vocabulary/questions.js'

/** Patients ask about their treatment during the stay and in the two weeks after; two of three questions have been answered, by the admission's physician. */
export const questions: Table = {
  name: 'questions',
  columns: ['id', 'subject_id', 'hadm_id', 'diagnosis', 'question', 'answer', 'created_at', 'answered_at', 'answered_by', 'media_id'],
  of(person, rows, random) {
    const until = person.death === undefined ? undefined : (person.death.hospital ?? person.death.registry)
    for (const stay of person.stays) {
      for (const { question, answer, asked } of asks(stay, random, until)) {
        const id = rows.nextRow
        const answered = random.chance(2 / 3) ? asked + random.whole(15, 2200) * MINUTE : undefined
        const done = answered !== undefined && (stay.death === undefined || answered < stay.death)
        rows.row([
          id,
          person.subjectId,
          stay.hadmId,
          stay.story.plainly,
          question,
          done ? answer : '',
          timeText(asked),
          done ? timeText(answered) : '',
          done ? stay.physicianId : '',
          random.chance(0.05) ? `MSG-${String(id).padStart(7, '0')}` : ''
        ])
      }
    }
  }
}

interface Ask {
  readonly question: string
  readonly answer: string
  readonly asked: number
}

/** In the order of time; nobody asks the same twice, before admission, or after death. */
function asks(stay: Stay, random: Random, death: number | undefined): Ask[] {
  const seen = new Set<string>()
  const list: Ask[] = []
  for (let n = random.choose(NUMBER); n > 0; n--) {
    const later = stay.death === undefined && random.chance(0.25)
    const [question, answer] = random.pick(later ? LATER : random.chance(0.6) ? stay.story.questions : QUESTIONS)
    const time = later ? stay.discharge + random.between(0.5, 14) * DAY : random.between(stay.admit, stay.discharge)
    const asked = Math.floor(time / MINUTE) * MINUTE
    const possible = asked >= stay.admit && (later ? death === undefined || asked < death : asked < stay.discharge)
    if (!possible || seen.has(question)) continue
    seen.add(question)
    list.push({ question, answer, asked })
  }
  return list.sort((a, b) => a.asked - b.asked)
}

const NUMBER = [
  [0, 30],
  [1, 35],
  [2, 22],
  [3, 13]
] as const
