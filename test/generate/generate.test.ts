import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gunzipSync } from 'node:zlib'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'
import { by, type Row, read, TABLES, type TableName } from './hospital.js'

function texts(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}

t.test('the same number and seed give the same bytes, another seed does not', async (t) => {
  const folder = t.testdir()
  const [a, b, c] = [join(folder, 'a'), join(folder, 'b'), join(folder, 'c')]
  const rows = await generateHospital({ patients: 25, seed: 4, out: a })
  t.same(await generateHospital({ patients: 25, seed: 4, out: b }), rows)
  await generateHospital({ patients: 25, seed: 5, out: c })
  t.same(texts(a), texts(b))
  for (const table of ['PATIENTS.csv', 'ADMISSIONS.csv', 'LABEVENTS.csv', 'PROGRESS.csv']) t.not(texts(a)[table], texts(c)[table], table)
})

t.test('a denser chart changes the tables of intensive care only', async (t) => {
  const folder = t.testdir()
  const [thin, dense] = [join(folder, 'thin'), join(folder, 'dense')]
  const few = await generateHospital({ patients: 12, seed: 4, out: thin, charting: 720 })
  const many = await generateHospital({ patients: 12, seed: 4, out: dense, charting: 15 })
  t.ok(many['chartevents']! > few['chartevents']! * 10, `${few['chartevents']} and ${many['chartevents']} rows`)
  const [a, b] = [texts(thin), texts(dense)]
  const changed = Object.keys(a).filter((name) => a[name] !== b[name])
  t.same(changed.sort(), ['CHARTEVENTS.csv', 'DATETIMEEVENTS.csv', 'INPUTEVENTS_CV.csv', 'OUTPUTEVENTS.csv'])
})

t.test('gzip gives the same tables, the same bytes each time', async (t) => {
  const folder = t.testdir()
  const [plain, packed, again] = [join(folder, 'plain'), join(folder, 'packed'), join(folder, 'again')]
  await generateHospital({ patients: 5, seed: 9, out: plain })
  await generateHospital({ patients: 5, seed: 9, out: packed, gzip: true })
  await generateHospital({ patients: 5, seed: 9, out: again, gzip: true })
  t.same(texts(packed), texts(again))
  for (const name of readdirSync(plain)) {
    t.equal(gunzipSync(readFileSync(join(packed, `${name}.gz`))).toString('latin1'), readFileSync(join(plain, name), 'latin1'), name)
  }
})

t.test('the rows reported are the rows written, for one patient and for many', async (t) => {
  for (const patients of [1, 25]) {
    const out = join(t.testdir(), String(patients))
    const seen: number[] = []
    const rows = await generateHospital({ patients, seed: 1, out, progress: (done, total) => seen.push(done / total) })
    t.same(Object.keys(rows).sort(), [...TABLES].sort())
    for (const table of TABLES) t.equal(read(out, table).rows.length, rows[table], `${patients} ${table}`)
    t.equal(rows['patients'], patients)
    t.equal(seen.length, patients)
    t.equal(seen.at(-1), 1)
  }
})

t.test('a number of patients, a seed or minutes that are none are refused', async (t) => {
  for (const patients of [0, -1, 1.5, Number.NaN])
    await t.rejects(generateHospital({ patients, seed: 1, out: t.testdir() }), { code: 'cli.usage' })
  for (const charting of [14, 1441, 20.5])
    await t.rejects(generateHospital({ patients: 1, seed: 1, charting, out: t.testdir() }), { code: 'cli.usage' })
  for (const seed of [-1, 0.5, Number.POSITIVE_INFINITY])
    await t.rejects(generateHospital({ patients: 1, seed, out: t.testdir() }), { code: 'cli.usage' })
})

t.test('a folder that cannot be made is source.io', async (t) => {
  const folder = t.testdir({ file: 'in the way' })
  await t.rejects(generateHospital({ patients: 1, seed: 1, out: join(folder, 'file', 'out') }), { code: 'source.io' })
})

const COLUMNS: Record<TableName, string> = {
  physicians: 'physician_id,name,specialty',
  caregivers: 'row_id,cgid,label,description',
  d_icd_diagnoses: 'row_id,icd9_code,short_title,long_title',
  d_labitems: 'row_id,itemid,label,fluid,category,loinc_code',
  patients: 'row_id,subject_id,gender,dob,dod,dod_hosp,dod_ssn,expire_flag,identity_doc',
  admissions:
    'row_id,subject_id,hadm_id,admittime,dischtime,deathtime,admission_type,admission_location,discharge_location,insurance,language,religion,' +
    'marital_status,ethnicity,edregtime,edouttime,diagnosis,hospital_expire_flag,has_chartevents_data,physician_id',
  icustays: 'row_id,subject_id,hadm_id,icustay_id,dbsource,first_careunit,last_careunit,first_wardid,last_wardid,intime,outtime,los',
  diagnoses_icd: 'row_id,subject_id,hadm_id,seq_num,icd9_code',
  labevents: 'row_id,subject_id,hadm_id,itemid,charttime,value,valuenum,valueuom,flag',
  d_icd_procedures: 'row_id,icd9_code,short_title,long_title',
  d_items: 'row_id,itemid,label,abbreviation,dbsource,linksto,category,unitname,param_type,conceptid',
  d_cpt:
    'row_id,category,sectionrange,sectionheader,subsectionrange,subsectionheader,codesuffix,mincodeinsubsection,' + 'maxcodeinsubsection',
  transfers:
    'row_id,subject_id,hadm_id,icustay_id,dbsource,eventtype,prev_careunit,curr_careunit,prev_wardid,curr_wardid,intime,' + 'outtime,los',
  services: 'row_id,subject_id,hadm_id,transfertime,prev_service,curr_service',
  callout:
    'row_id,subject_id,hadm_id,submit_wardid,submit_careunit,curr_wardid,curr_careunit,callout_wardid,callout_service,' +
    'request_tele,request_resp,request_cdiff,request_mrsa,request_vre,callout_status,callout_outcome,discharge_wardid,' +
    'acknowledge_status,createtime,updatetime,acknowledgetime,outcometime,firstreservationtime,currentreservationtime',
  procedures_icd: 'row_id,subject_id,hadm_id,seq_num,icd9_code',
  drgcodes: 'row_id,subject_id,hadm_id,drg_type,drg_code,description,drg_severity,drg_mortality',
  cptevents:
    'row_id,subject_id,hadm_id,costcenter,chartdate,cpt_cd,cpt_number,cpt_suffix,ticket_id_seq,sectionheader,subsectionheader,' +
    'description',
  microbiologyevents:
    'row_id,subject_id,hadm_id,chartdate,charttime,spec_itemid,spec_type_desc,org_itemid,org_name,isolate_num,ab_itemid,' +
    'ab_name,dilution_text,dilution_comparison,dilution_value,interpretation',
  prescriptions:
    'row_id,subject_id,hadm_id,icustay_id,startdate,enddate,drug_type,drug,drug_name_poe,drug_name_generic,formulary_drug_cd,' +
    'gsn,ndc,prod_strength,dose_val_rx,dose_unit_rx,form_val_disp,form_unit_disp,route',
  chartevents:
    'row_id,subject_id,hadm_id,icustay_id,itemid,charttime,storetime,cgid,value,valuenum,valueuom,warning,error,resultstatus,' + 'stopped',
  datetimeevents: 'row_id,subject_id,hadm_id,icustay_id,itemid,charttime,storetime,cgid,value,valueuom,warning,error,resultstatus,stopped',
  inputevents_cv:
    'row_id,subject_id,hadm_id,icustay_id,charttime,itemid,amount,amountuom,rate,rateuom,storetime,cgid,orderid,linkorderid,' +
    'stopped,newbottle,originalamount,originalamountuom,originalroute,originalrate,originalrateuom,originalsite',
  inputevents_mv:
    'row_id,subject_id,hadm_id,icustay_id,starttime,endtime,itemid,amount,amountuom,rate,rateuom,storetime,cgid,orderid,' +
    'linkorderid,ordercategoryname,secondaryordercategoryname,ordercomponenttypedescription,ordercategorydescription,' +
    'patientweight,totalamount,totalamountuom,isopenbag,continueinnextdept,cancelreason,statusdescription,comments_editedby,' +
    'comments_canceledby,comments_date,originalamount,originalrate',
  outputevents: 'row_id,subject_id,hadm_id,icustay_id,charttime,itemid,value,valueuom,storetime,cgid,stopped,newbottle,iserror',
  procedureevents_mv:
    'row_id,subject_id,hadm_id,icustay_id,starttime,endtime,itemid,value,valueuom,location,locationcategory,storetime,cgid,' +
    'orderid,linkorderid,ordercategoryname,secondaryordercategoryname,ordercategorydescription,isopenbag,continueinnextdept,' +
    'cancelreason,statusdescription,comments_editedby,comments_canceledby,comments_date',
  noteevents: 'row_id,subject_id,hadm_id,chartdate,charttime,storetime,category,description,cgid,iserror,text',
  progress: 'subject_id,progress_id,description,timestamp,hadm_id,code,value,unit,media_id',
  questions: 'id,subject_id,hadm_id,diagnosis,question,answer,created_at,answered_at,answered_by,media_id'
}
const OWN_COLUMNS = ['identity_doc', 'physician_id']

const demo = fileURLToPath(new URL('../../../shared/data/mimic-iii-demo/', import.meta.url))

t.test('a hospital of a thousand patients', async (t) => {
  const out = t.testdir()
  // Half a day between vital signs keeps the chart small: it has tests of its own.
  await generateHospital({ patients: 1000, seed: 11, out, charting: 720 })
  const files = Object.fromEntries(TABLES.map((table) => [table, read(out, table)])) as Record<TableName, ReturnType<typeof read>>
  const tables = Object.fromEntries(TABLES.map((table) => [table, files[table].rows])) as Record<TableName, Row[]>
  const admissions = new Map(tables.admissions.map((row) => [row['hadm_id']!, row]))
  const patients = new Map(tables.patients.map((row) => [row['subject_id']!, row]))

  t.test('every table has exactly its columns', async (t) => {
    for (const table of TABLES) t.equal(files[table].header.join(','), COLUMNS[table], table)
  })

  t.test('the columns of MIMIC-III are those of the demo', { skip: existsSync(demo) ? false : '../shared is not there' }, async (t) => {
    for (const table of TABLES) {
      const file = join(demo, `${table.toUpperCase()}.csv.gz`)
      if (!existsSync(file)) continue
      const begin = readFileSync(file).subarray(0, 1 << 16)
      const theirs = gunzipSync(begin, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8').split('\n', 1)[0]!.trim()
      const ours = table === 'physicians' ? [] : files[table].header.filter((column) => !OWN_COLUMNS.includes(column))
      t.equal(ours.join(','), theirs, table)
    }
  })

  t.test('keys are unique and every reference meets its row', async (t) => {
    const keys: [TableName, string][] = [
      ['patients', 'subject_id'],
      ['admissions', 'hadm_id'],
      ['icustays', 'icustay_id'],
      ['caregivers', 'cgid'],
      ['d_labitems', 'itemid'],
      ['d_icd_diagnoses', 'icd9_code'],
      ['physicians', 'physician_id'],
      ['progress', 'progress_id'],
      ['questions', 'id'],
      ['labevents', 'row_id'],
      ['diagnoses_icd', 'row_id']
    ]
    for (const [table, key] of keys) t.equal(new Set(tables[table].map((row) => row[key])).size, tables[table].length, `${table}.${key}`)
    for (const table of TABLES) {
      const orphans = tables[table].filter((row) => {
        if (row['subject_id'] !== undefined && !patients.has(row['subject_id'])) return true
        return row['hadm_id'] !== undefined && row['hadm_id'] !== '' && admissions.get(row['hadm_id'])?.['subject_id'] !== row['subject_id']
      })
      t.same(orphans, [], `${table}: hadm_id belongs to subject_id`)
    }
    const items = new Set(tables.d_labitems.map((row) => row['itemid']))
    t.same(
      tables.labevents.filter((row) => !items.has(row['itemid']!)),
      []
    )
    const codes = new Set(tables.d_icd_diagnoses.map((row) => row['icd9_code']))
    const unknown = tables.diagnoses_icd.filter((row) => !codes.has(row['icd9_code']!))
    t.same([...new Set(unknown.map((row) => row['icd9_code']))], ['71970'], 'one code of an older edition is not in the dictionary')
    const physicians = new Set(tables.physicians.map((row) => row['physician_id']))
    t.same(
      tables.admissions.filter((row) => !physicians.has(row['physician_id']!)),
      []
    )
  })

  t.test('ranks of diagnoses run from 1 without a gap or a repeated code', async (t) => {
    for (const [hadm, rows] of by(tables.diagnoses_icd, 'hadm_id')) {
      const ranks = rows.map((row) => Number(row['seq_num']))
      if (ranks.some((rank, i) => rank !== i + 1)) t.fail(`${hadm}: ${ranks}`)
      if (new Set(rows.map((row) => row['icd9_code'])).size !== rows.length) t.fail(`${hadm}: a code twice`)
    }
    t.equal(by(tables.diagnoses_icd, 'hadm_id').size, tables.admissions.length)
  })

  t.test('dates are real ones, shifted to the 22nd century, and in order', async (t) => {
    const wrong: string[] = []
    const check = (row: Row, what: string, good: boolean) => void (good || wrong.push(`${what} ${JSON.stringify(row)}`))
    const real = (text: string) =>
      text === '' || new Date(`${text.replace(' ', 'T')}Z`).toISOString().slice(0, 19) === text.replace(' ', 'T')
    for (const table of TABLES) {
      const columns = COLUMNS[table].split(',').filter((column) => /time$|^do[bd]|_at$|^timestamp$/.test(column))
      for (const row of tables[table]) {
        for (const column of columns) {
          if (row[column] !== '') check(row, column, real(row[column]!) && (column === 'dob' || row[column]!.startsWith('21')))
        }
      }
    }
    for (const row of tables.patients) {
      check(row, 'midnight', /00:00:00$/.test(row['dob']!) && (row['dod'] === '' || /00:00:00$/.test(row['dod']!)))
      check(row, 'dod', row['dod'] === (row['dod_hosp'] || row['dod_ssn']) && row['expire_flag'] === (row['dod'] ? '1' : '0'))
    }
    for (const row of tables.admissions) {
      check(row, 'stay', row['admittime']! < row['dischtime']!)
      check(row, 'death', row['deathtime'] === '' ? row['discharge_location'] !== 'DEAD/EXPIRED' : row['deathtime'] === row['dischtime'])
      check(row, 'flag', row['hospital_expire_flag'] === (row['deathtime'] ? '1' : '0'))
      check(row, 'emergency', row['edregtime']! < row['edouttime']! || row['edregtime'] === row['edouttime'])
      if (row['deathtime']) check(row, 'dod', patients.get(row['subject_id']!)!['dod'] === `${row['deathtime'].slice(0, 10)} 00:00:00`)
    }
    for (const row of tables.icustays) {
      const admission = admissions.get(row['hadm_id']!)!
      check(
        row,
        'icu',
        row['intime']! < row['outtime']! && row['intime']! >= admission['admittime']! && row['outtime']! <= admission['dischtime']!
      )
      const days = (Date.parse(`${row['outtime']}Z`) - Date.parse(`${row['intime']}Z`)) / 86400000
      check(row, 'los', Math.abs(days - Number(row['los'])) < 0.0001)
    }
    for (const [, stays] of by(tables.admissions, 'subject_id')) {
      for (const [i, row] of stays.entries()) {
        const earlier = stays[i - 1]
        check(row, 'order', earlier === undefined || (earlier['deathtime'] === '' && earlier['dischtime']! < row['admittime']!))
      }
    }
    for (const row of tables.labevents) {
      const admission = admissions.get(row['hadm_id']!)
      const begin = admission && (admission['edregtime'] || admission['admittime']!)
      check(row, 'lab', begin === undefined || (row['charttime']! >= begin && row['charttime']! <= admission!['dischtime']!))
    }
    for (const row of tables.progress) {
      const admission = admissions.get(row['hadm_id']!)!
      check(row, 'progress', row['timestamp']! >= admission['admittime']! && row['timestamp']! <= admission['dischtime']!)
    }
    for (const row of tables.questions) {
      check(
        row,
        'answered',
        row['answered_at'] === '' ? row['answer'] === '' && row['answered_by'] === '' : row['answered_at']! > row['created_at']!
      )
      check(row, 'by', row['answered_by'] === '' || row['answered_by'] === admissions.get(row['hadm_id']!)!['physician_id'])
      check(row, 'asked', row['created_at']! >= admissions.get(row['hadm_id']!)!['admittime']!)
      const dod = patients.get(row['subject_id']!)!['dod']!
      check(row, 'alive', dod === '' || row['created_at']!.slice(0, 10) <= dod.slice(0, 10))
    }
    t.same(wrong.slice(0, 5), [])
  })

  t.test('ages over 89 are masked by 300 years, nobody else', async (t) => {
    let masked = 0
    for (const [subject, stays] of by(tables.admissions, 'subject_id')) {
      const age = Number(stays[0]!['admittime']!.slice(0, 4)) - Number(patients.get(subject)!['dob']!.slice(0, 4))
      if (age === 300) masked++
      else if (age < 17 || age > 90) t.fail(`${subject} is ${age}`)
    }
    t.ok(masked > 20 && masked < 150, `${masked} masked`)
  })

  t.test('values, numbers, units and flags are as the laboratory writes them', async (t) => {
    const units = new Set<string>()
    let text = 0
    let comparator = 0
    let abnormal = 0
    for (const row of tables.labevents) {
      units.add(row['valueuom']!)
      if (row['value'] === '') t.fail('an empty value')
      if (row['valuenum'] !== '' && Number(row['value']) !== Number(row['valuenum'])) t.fail(JSON.stringify(row))
      if (row['valuenum'] === '') text++
      if (/^<|^>|^GREATER/.test(row['value']!)) comparator++
      if (row['flag'] === 'abnormal') abnormal++
      else if (row['flag'] !== '' && row['flag'] !== 'delta') t.fail(`flag ${row['flag']}`)
    }
    const all = tables.labevents.length
    t.ok(text > 0 && comparator > 0 && text < all / 10, `${text} without number, ${comparator} with comparator`)
    t.ok(abnormal > all * 0.15 && abnormal < all * 0.5, `${abnormal} of ${all} abnormal`)
    t.ok(all > 400 * 1000 && all < 800 * 1000, `${all} rows`)
    for (const unit of ['mEq/L', 'K/uL', 'm/uL', 'mm Hg', 'units', '', 'MEQ/L']) t.ok(units.has(unit), `unit "${unit}"`)
  })

  t.test('results of one draw agree: anion gap, red cells, differential count, pH', async (t) => {
    const draws = new Map<string, Map<string, number>>()
    let gaps = 0
    for (const row of tables.labevents) {
      if (row['valuenum'] === '') continue
      const key = `${row['subject_id']} ${row['charttime']}`
      let draw = draws.get(key)
      if (draw === undefined) draws.set(key, (draw = new Map()))
      // Two draws in one minute would mix: such a minute is left out.
      draw.set(row['itemid']!, draw.has(row['itemid']!) ? Number.NaN : Number(row['valuenum']))
    }
    const off: string[] = []
    for (const [key, draw] of draws) {
      const of = (item: number) => draw.get(String(item)) ?? Number.NaN
      const gap = of(50983) + of(50971) - of(50902) - of(50882)
      if (!Number.isNaN(gap + of(50868))) gaps++
      if (Math.abs(gap - of(50868)) > 0.6) off.push(`${key} anion gap`)
      if (Math.abs((of(51279) * of(51250)) / 10 - of(51221)) > 0.6) off.push(`${key} red cells`)
      const carbonDioxide = 0.0307 * of(50818)
      const ph = 6.1 + Math.log10((of(50804) - carbonDioxide) / carbonDioxide)
      if (of(50804) > 12 && Math.abs(ph - of(50820)) > 0.06) off.push(`${key} pH ${ph} ${of(50820)}`)
      const differential = of(51256) + of(51244) + of(51254) + of(51200) + of(51146) + (draw.get('51144') ?? 0)
      if (Math.abs(differential - 100) > 0.4 && draw.get('51144') !== undefined) off.push(`${key} differential ${differential}`)
    }
    t.ok(gaps > 10000, `${gaps} anion gaps checked`)
    t.same(off.slice(0, 5), [])
  })

  t.test('two of three questions have been answered, some entries are long, quoted, or have a picture', async (t) => {
    const answered = tables.questions.filter((row) => row['answer'] !== '').length / tables.questions.length
    t.ok(answered > 0.58 && answered < 0.72, `${answered}`)
    t.ok(tables.progress.some((row) => row['description']!.includes('\n')))
    t.ok(tables.progress.some((row) => row['description']!.includes('"')))
    t.ok(tables.progress.some((row) => row['media_id'] !== '' && row['code'] === ''))
    t.ok(tables.progress.some((row) => row['code'] === '8867-4' && row['unit'] === '/min' && /^\d+$/.test(row['value']!)))
    t.same(
      tables.progress.filter((row) => (row['code'] === '') !== (row['value'] === '')),
      []
    )
  })
})
