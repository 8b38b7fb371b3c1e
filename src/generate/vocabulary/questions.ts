/** Questions that fit any stay, with the answer a physician gives. */
export const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
  [
    'When can I go home?',
    'When you manage stairs and your blood values have been steady for a day. I expect that within two or three days.'
  ],
  [
    'What do the red numbers in my blood report mean?',
    'They lie outside the range of healthy people. Most of yours are moving in the right direction; the one we still watch is marked with a star.'
  ],
  [
    'I did not understand the new tablets. Which ones replace my old ones?',
    'Please use only the list of today. The old blood pressure tablet is replaced, all others stay:\n- morning: two tablets\n- evening: one tablet'
  ],
  [
    'May my daughter call you to ask about me?',
    'Yes, once you have told us her name and signed the form. The nurse brings it to you today.'
  ],
  [
    'I feel dizzy when I get up. Should I worry?',
    'Sit on the edge of the bed for a minute first, and call us for the first steps. If it stays, we measure your pressure lying and standing.'
  ],
  [
    'Why is blood taken every morning?',
    'To see early whether the kidneys and the salts cope with the treatment. From tomorrow every second day will do.'
  ],
  [
    'I slept badly. Can I have something for the night?',
    'We try first without: no visits after ten, light off, ear plugs. If that does not help, the night nurse may give you a mild tablet.'
  ],
  [
    'Is it safe to take my vitamins and "natural" drops as well?',
    "The vitamins yes. Please leave out the drops with St John's wort, they weaken two of your tablets."
  ]
]

/** Asked from home after discharge. */
export const LATER: readonly (readonly [question: string, answer: string])[] = [
  [
    'The pharmacy gave me tablets that look different. Are they the same?',
    'If the name of the substance and the milligrams are the same, yes. If you are unsure send a photograph of the box.'
  ],
  ['I forgot the tablet of yesterday. Shall I take two today?', "No, just go on with today's. Never double a dose."],
  [
    'Since two days I have a temperature of 38.2. What shall I do?',
    'Please come to the emergency room today, and bring the list of your tablets.'
  ],
  ['When is my next appointment?', 'Two weeks after your discharge; the letter with the exact time is on its way.']
]
