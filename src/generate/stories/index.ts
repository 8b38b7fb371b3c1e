/** All stories. A new story is a new file and a line here. */

import type { Story } from '../story.js'
import { cardiacSurgery } from './cardiac-surgery.js'
import { copd } from './copd.js'
import { dka } from './dka.js'
import { electiveSurgery } from './elective-surgery.js'
import { giBleed } from './gi-bleed.js'
import { heartAttack } from './heart-attack.js'
import { heartFailure } from './heart-failure.js'
import { hipFracture } from './hip-fracture.js'
import { pneumonia } from './pneumonia.js'
import { sepsis } from './sepsis.js'
import { stroke } from './stroke.js'

export const STORIES: readonly Story[] = [
  sepsis,
  heartFailure,
  pneumonia,
  cardiacSurgery,
  electiveSurgery,
  giBleed,
  heartAttack,
  copd,
  stroke,
  dka,
  hipFracture
]
