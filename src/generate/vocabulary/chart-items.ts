/** What nurses and machines write on the chart in intensive care, in both bedside systems. */

import { carevue, metavision, type Pair, words } from './items.js'

const VITAL = 'Routine Vital Signs'
const ALARM = 'Alarms'
const RESPIRATORY = 'Respiratory'
const NEURO = 'Neurological'
const SKIN = 'Skin - Assessment'
const LABS = 'Labs'

/** A blood pressure: two halves and the mean of one measurement. */
export const PRESSURES = {
  arterial: {
    systolic: {
      carevue: carevue(51, 'Arterial BP [Systolic]', 'mmHg'),
      metavision: metavision(220050, 'Arterial Blood Pressure systolic', VITAL, 'mmHg', 'ABPs')
    },
    diastolic: {
      carevue: carevue(8368, 'Arterial BP [Diastolic]', 'mmHg'),
      metavision: metavision(220051, 'Arterial Blood Pressure diastolic', VITAL, 'mmHg', 'ABPd')
    },
    mean: {
      carevue: carevue(52, 'Arterial BP Mean', 'mmHg'),
      metavision: metavision(220052, 'Arterial Blood Pressure mean', VITAL, 'mmHg', 'ABPm')
    }
  },
  cuff: {
    systolic: {
      carevue: carevue(455, 'NBP [Systolic]', 'mmHg'),
      metavision: metavision(220179, 'Non Invasive Blood Pressure systolic', VITAL, 'mmHg', 'NBPs')
    },
    diastolic: {
      carevue: carevue(8441, 'NBP [Diastolic]', 'mmHg'),
      metavision: metavision(220180, 'Non Invasive Blood Pressure diastolic', VITAL, 'mmHg', 'NBPd')
    },
    mean: {
      carevue: carevue(456, 'NBP Mean', 'mmHg'),
      metavision: metavision(220181, 'Non Invasive Blood Pressure mean', VITAL, 'mmHg', 'NBPm')
    }
  }
} as const satisfies Record<string, Record<string, Pair>>

export const CHART = {
  heartRate: { carevue: carevue(211, 'Heart Rate', 'BPM'), metavision: metavision(220045, 'Heart Rate', VITAL, 'bpm', 'HR') },
  rhythm: { carevue: carevue(212, 'Heart Rhythm'), metavision: words(220048, 'Heart Rhythm', VITAL) },
  ectopy: { carevue: carevue(161, 'Ectopy Type'), metavision: words(224650, 'Ectopy Type 1', VITAL) },
  respiratoryRate: {
    carevue: carevue(618, 'Respiratory Rate', 'BPM'),
    metavision: metavision(220210, 'Respiratory Rate', RESPIRATORY, 'insp/min', 'RR')
  },
  saturation: {
    carevue: carevue(646, 'SpO2', '%'),
    metavision: metavision(220277, 'O2 saturation pulseoxymetry', RESPIRATORY, '%', 'SpO2')
  },
  centralPressure: {
    carevue: carevue(113, 'CVP', 'mmHg'),
    metavision: metavision(220074, 'Central Venous Pressure', 'Hemodynamics', 'mmHg', 'CVP')
  },
  fahrenheit: {
    carevue: carevue(678, 'Temperature F', 'Deg. F'),
    metavision: metavision(223761, 'Temperature Fahrenheit', VITAL, '?F', 'Temperature F')
  },
  celsius: {
    carevue: carevue(676, 'Temperature C', 'Deg. C'),
    metavision: metavision(223762, 'Temperature Celsius', VITAL, '?C', 'Temperature C')
  },
  celsiusTwin: { carevue: carevue(677, 'Temperature C (calc)', 'Deg. C') },
  fahrenheitTwin: { carevue: carevue(679, 'Temperature F (calc)', 'Deg. F') },
  temperatureSite: { carevue: carevue(674, 'Temp. Site'), metavision: words(224642, 'Temperature Site', VITAL, 'Temp Site') },

  oxygenDevice: { carevue: carevue(467, 'O2 Delivery Device'), metavision: words(226732, 'O2 Delivery Device(s)', RESPIRATORY) },
  oxygenFlow: { carevue: carevue(470, 'O2 Flow (lpm)', 'lpm'), metavision: metavision(223834, 'O2 Flow', RESPIRATORY, 'L/min') },
  ventilator: { carevue: carevue(722, 'Ventilator Type'), metavision: words(223848, 'Ventilator Type', RESPIRATORY) },
  ventilatorMode: { carevue: carevue(720, 'Ventilator Mode'), metavision: words(223849, 'Ventilator Mode', RESPIRATORY) },
  inspiredOxygen: {
    carevue: carevue(190, 'FiO2 Set', 'torr'),
    metavision: metavision(223835, 'Inspired O2 Fraction', RESPIRATORY, '', 'FiO2')
  },
  endPressure: { carevue: carevue(506, 'PEEP Set', 'cmH2O'), metavision: metavision(220339, 'PEEP set', RESPIRATORY, 'cmH2O') },
  tidalSet: {
    carevue: carevue(683, 'Tidal Volume (Set)', 'ml/B'),
    metavision: metavision(224684, 'Tidal Volume (set)', RESPIRATORY, 'mL')
  },
  tidalSeen: {
    carevue: carevue(682, 'Tidal Volume (Obser)', 'ml/B'),
    metavision: metavision(224685, 'Tidal Volume (observed)', RESPIRATORY, 'mL')
  },
  rateSet: {
    carevue: carevue(619, 'Respiratory Rate Set', 'BPM'),
    metavision: metavision(224688, 'Respiratory Rate (Set)', RESPIRATORY, 'insp/min')
  },
  rateTotal: {
    carevue: carevue(615, 'Resp Rate (Total)', 'BPM'),
    metavision: metavision(224690, 'Respiratory Rate (Total)', RESPIRATORY, 'insp/min')
  },
  minuteVolume: {
    carevue: carevue(450, 'Minute Volume(Obser)', 'L/min'),
    metavision: metavision(224687, 'Minute Volume', RESPIRATORY, 'L/min')
  },
  peakPressure: {
    carevue: carevue(535, 'Peak Insp. Pressure', 'cmH2O'),
    metavision: metavision(224695, 'Peak Insp. Pressure', RESPIRATORY, 'cmH2O')
  },
  plateauPressure: {
    carevue: carevue(543, 'Plateau Pressure', 'cmH2O'),
    metavision: metavision(224696, 'Plateau Pressure', RESPIRATORY, 'cmH2O')
  },

  eyes: { carevue: carevue(184, 'Eye Opening'), metavision: words(220739, 'GCS - Eye Opening', NEURO, 'Eye Opening') },
  verbal: { carevue: carevue(723, 'Verbal Response'), metavision: words(223900, 'GCS - Verbal Response', NEURO, 'Verbal Response') },
  motor: { carevue: carevue(454, 'Motor Response'), metavision: words(223901, 'GCS - Motor Response', NEURO, 'Motor Response') },
  comaTotal: { carevue: carevue(198, 'GCS Total', 'points') },
  consciousness: { carevue: carevue(432, 'Level of Conscious'), metavision: words(226104, 'Level of Consciousness', NEURO) },
  orientation: { carevue: carevue(479, 'Orientation'), metavision: words(223898, 'Orientation', NEURO) },
  agitation: { carevue: carevue(1337, 'Riker-SAS Scale'), metavision: words(223753, 'Riker-SAS Scale', 'Pain/Sedation') },
  painPresent: { carevue: carevue(1046, 'Pain Present'), metavision: words(223781, 'Pain Present', 'Pain/Sedation') },
  painLevel: { metavision: words(223791, 'Pain Level', 'Pain/Sedation') },
  pupilRight: { carevue: carevue(585, 'Pupil Size [Right]'), metavision: words(223907, 'Pupil Size Right', NEURO) },
  pupilLeft: { carevue: carevue(8467, 'Pupil Size [Left]'), metavision: words(224733, 'Pupil Size Left', NEURO) },

  lungRightUpper: { carevue: carevue(599, 'RUL Lung Sounds'), metavision: words(223986, 'RUL Lung Sounds', 'Pulmonary') },
  lungRightLower: { carevue: carevue(593, 'RLL Lung Sounds'), metavision: words(223987, 'RLL Lung Sounds', 'Pulmonary') },
  lungLeftUpper: { carevue: carevue(428, 'LUL Lung Sounds'), metavision: words(223988, 'LUL Lung Sounds', 'Pulmonary') },
  lungLeftLower: { carevue: carevue(425, 'LLL Lung Sounds'), metavision: words(223989, 'LLL Lung Sounds', 'Pulmonary') },
  abdomen: { carevue: carevue(27, 'Abdominal Assessment'), metavision: words(224003, 'Abdominal Assessment', 'GI/GU') },
  bowelSounds: { carevue: carevue(80, 'Bowel Sounds'), metavision: words(224004, 'Bowel Sounds', 'GI/GU') },
  diet: { carevue: carevue(154, 'Diet Type'), metavision: words(224001, 'Diet Type', 'GI/GU') },
  urineSource: { carevue: carevue(707, 'Urine Source'), metavision: words(224015, 'Urine Source', 'GI/GU') },
  urineColour: { carevue: carevue(706, 'Urine [Color]'), metavision: words(224016, 'Urine Color', 'GI/GU') },
  skin: { carevue: carevue(644, 'Skin Integrity'), metavision: words(224026, 'Skin Integrity', SKIN) },
  skinTemperature: { metavision: words(224027, 'Skin Temperature', SKIN, 'Skin Temp') },
  activity: { carevue: carevue(31, 'Activity'), metavision: words(224084, 'Activity', 'Treatments') },
  position: { carevue: carevue(547, 'Position'), metavision: words(224093, 'Position', 'Treatments') },
  headOfBed: { carevue: carevue(210, 'HOB'), metavision: words(224080, 'Head of Bed', 'Treatments', 'HOB') },
  falls: { carevue: carevue(1484, 'Risk for Falls'), metavision: words(223754, 'Risk for Falls', NEURO) },
  safety: { metavision: words(227969, 'Safety Measures_U_1', 'Restraint/Support Systems') },
  bradenSenses: { carevue: carevue(88, 'Braden SensoryPercep'), metavision: words(224054, 'Braden Sensory Perception', SKIN) },
  bradenActivity: { carevue: carevue(82, 'Braden Activity'), metavision: words(224056, 'Braden Activity', SKIN) },
  bradenMobility: { carevue: carevue(84, 'Braden Mobility'), metavision: words(224057, 'Braden Mobility', SKIN) },
  bradenScore: { carevue: carevue(87, 'Braden Score', 'number') },
  codeStatus: { carevue: carevue(128, 'Code Status'), metavision: words(223758, 'Code Status', 'General') },
  precautions: { carevue: carevue(550, 'Precautions') },
  unit: { carevue: carevue(1125, 'Service Type') },

  alarmHeartLow: {
    carevue: carevue(5815, 'HR Alarm [Low]', 'BPM'),
    metavision: metavision(220047, 'Heart Rate Alarm - Low', ALARM, 'bpm', 'HR Alarm - Low')
  },
  alarmHeartHigh: {
    carevue: carevue(8549, 'HR Alarm [High]', 'BPM'),
    metavision: metavision(220046, 'Heart rate Alarm - High', ALARM, 'bpm', 'HR Alarm - High')
  },
  alarmBreathLow: {
    carevue: carevue(5819, 'Resp Alarm [Low]', 'BPM'),
    metavision: metavision(224162, 'Resp Alarm - Low', ALARM, 'insp/min')
  },
  alarmBreathHigh: {
    carevue: carevue(8553, 'Resp Alarm [High]', 'BPM'),
    metavision: metavision(224161, 'Resp Alarm - High', ALARM, 'insp/min')
  },
  alarmSaturationLow: {
    carevue: carevue(5820, 'SpO2 Alarm [Low]', '%'),
    metavision: metavision(223770, 'O2 Saturation Pulseoxymetry Alarm - Low', ALARM, '%', 'SpO2 Alarm - Low')
  },
  alarmSaturationHigh: {
    carevue: carevue(8554, 'SpO2 Alarm [High]', '%'),
    metavision: metavision(223769, 'O2 Saturation Pulseoxymetry Alarm - High', ALARM, '%', 'SpO2 Alarm - High')
  },
  alarmCuffLow: {
    carevue: carevue(5817, 'NBP Alarm [Low]', 'mmHg'),
    metavision: metavision(223752, 'Non-Invasive Blood Pressure Alarm - Low', ALARM, 'mmHg', 'NBP Alarm - Low')
  },
  alarmCuffHigh: {
    carevue: carevue(8551, 'NBP Alarm [High]', 'mmHg'),
    metavision: metavision(223751, 'Non-Invasive Blood Pressure Alarm - High', ALARM, 'mmHg', 'NBP Alarm - High')
  },
  alarmArterialLow: {
    carevue: carevue(5813, 'ABP Alarm [Low]', 'mmHg'),
    metavision: metavision(220056, 'Arterial Blood Pressure Alarm - Low', ALARM, 'mmHg', 'ABP Alarm - Low')
  },
  alarmArterialHigh: {
    carevue: carevue(8547, 'ABP Alarm [High]', 'mmHg'),
    metavision: metavision(220058, 'Arterial Blood Pressure Alarm - High', ALARM, 'mmHg', 'ABP Alarm - High')
  },
  alarmsOn: { carevue: carevue(1622, 'Alarms'), metavision: { ...words(224641, 'Alarms On', ALARM), type: 'Checkbox' } },

  admissionWeight: { carevue: carevue(762, 'Admit Wt', 'kg'), metavision: metavision(226512, 'Admission Weight (Kg)', 'General', 'kg') },
  admissionPounds: { metavision: metavision(226531, 'Admission Weight (lbs.)', 'General') },
  dailyWeight: { carevue: carevue(763, 'Daily Weight', 'kg'), metavision: metavision(224639, 'Daily Weight', 'General', 'kg') },
  previousWeight: { carevue: carevue(581, 'Previous WeightF', 'kg') },
  weightFlag: { carevue: carevue(742, 'calprevflg', 'kg') },
  inches: { carevue: carevue(920, 'Admit Ht', 'inches'), metavision: metavision(226707, 'Height', 'General', 'Inch') },
  centimetres: { metavision: metavision(226730, 'Height (cm)', 'General', 'cm') },
  married: { carevue: carevue(925, 'Marital Status'), metavision: words(226381, 'Marital Status', 'Adm History/FHPA') },
  allergy: { carevue: carevue(916, 'Allergy 1') },

  fingerstick: { carevue: carevue(807, 'Fingerstick Glucose'), metavision: metavision(225664, 'Glucose finger stick', LABS) }
} as const satisfies Record<string, Pair>

export type ChartName = keyof typeof CHART

/** Results of the laboratory that are copied onto the chart, by their item in the laboratory; some are copied twice in CareVue. */
export const LAB_COPIES: Readonly<Record<number, Pair & { readonly again?: Pair['carevue'] }>> = {
  50882: { carevue: carevue(787, 'Carbon Dioxide'), metavision: metavision(227443, 'HCO3 (serum)', LABS, 'mEq/L') },
  50902: { carevue: carevue(788, 'Chloride (100-112)'), metavision: metavision(220602, 'Chloride (serum)', LABS, 'mEq/L') },
  50912: {
    carevue: carevue(791, 'Creatinine (0-1.3)'),
    again: carevue(1525, 'Creatinine'),
    metavision: metavision(220615, 'Creatinine', LABS, 'mg/dL')
  },
  50931: {
    carevue: carevue(811, 'Glucose (70-105)'),
    again: carevue(1529, 'Glucose'),
    metavision: metavision(220621, 'Glucose (serum)', LABS, 'mg/dL')
  },
  50971: {
    carevue: carevue(829, 'Potassium (3.5-5.3)'),
    again: carevue(1535, 'Potassium'),
    metavision: metavision(227442, 'Potassium (serum)', LABS, 'mEq/L')
  },
  50983: {
    carevue: carevue(837, 'Sodium (135-148)'),
    again: carevue(1536, 'Sodium'),
    metavision: metavision(220645, 'Sodium (serum)', LABS, 'mEq/L')
  },
  51006: { carevue: carevue(781, 'BUN (6-20)'), metavision: metavision(225624, 'BUN', LABS, 'mg/dL') },
  50813: {
    carevue: carevue(818, 'Lactic Acid(0.5-2.0)'),
    again: carevue(1531, 'Lactic Acid'),
    metavision: metavision(225668, 'Lactic Acid', LABS, 'mmol/L')
  },
  50820: {
    carevue: carevue(780, 'Arterial pH'),
    again: carevue(1126, 'Art.pH'),
    metavision: metavision(223830, 'PH (Arterial)', LABS, 'units')
  },
  50818: {
    carevue: carevue(778, 'Arterial PaCO2', 'mmHg'),
    metavision: metavision(220235, 'Arterial CO2 Pressure', LABS, 'mmHg', 'PCO2 (Arterial)')
  },
  50821: {
    carevue: carevue(779, 'Arterial PaO2', 'mmHg'),
    metavision: metavision(220224, 'Arterial O2 pressure', LABS, 'mmHg', 'PO2 (Arterial)')
  },
  51221: { carevue: carevue(813, 'Hematocrit', '%'), metavision: metavision(220545, 'Hematocrit (serum)', LABS, '%') },
  51222: { carevue: carevue(814, 'Hemoglobin', 'gm/dl'), metavision: metavision(220228, 'Hemoglobin', LABS, 'g/dl') },
  51265: { carevue: carevue(828, 'Platelets'), metavision: metavision(227457, 'Platelet Count', LABS, 'K/uL') },
  51301: {
    carevue: carevue(861, 'WBC (4-11,000)'),
    again: carevue(1127, 'WBC   (4-11,000)'),
    metavision: metavision(220546, 'WBC', LABS, 'K/uL')
  },
  51237: { carevue: carevue(815, 'INR (2-4 ref. range)'), again: carevue(1530, 'INR'), metavision: metavision(227467, 'INR', LABS) }
}
