Profile: WardbridgeChartObservation
Parent: Observation
Id: wardbridge-chart-observation
Title: "Entry of the intensive care chart"
Description: "One cell of the chart kept at the bedside: a reading, a setting of a machine, a word from a list, a date, a volume. The chart's own item code stands first and is always kept. A number is a quantity only where the chart holds a number; words stay words, with the score the chart gives them as ordinal value of their coding. Where there is no value, the reason is given. Entries marked as errors are entered-in-error and must not be counted. The performer is who recorded the entry."
* obeys wardbridge-value
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* category MS
* code 1..1 MS
* code.coding 1..* MS
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS
* effective[x] 1..1 MS
* effective[x] only dateTime
* issued MS
* performer MS
* value[x] MS
* dataAbsentReason MS
* extension contains
    HospitalStay named hospitalStay 0..1 and
    ChartWarning named chartWarning 0..1 and
    ChartResultStatus named chartResultStatus 0..1 and
    ChartStopped named chartStopped 0..1 and
    ChartDatePrecision named chartDatePrecision 0..1 and
    RawDateOfBirth named rawDateOfBirth 0..1

Profile: WardbridgeVitalSign
Parent: WardbridgeChartObservation
Id: wardbridge-vital-sign
Title: "Vital sign from the intensive care chart"
Description: "A vital sign as charted, which also follows the vital signs profile of R4. The chart's own item code stands first, LOINC beside it. Alarm limits, settings, values carried forward and copies worked out from another entry are no vital signs."
* category 1..* MS
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains vitalSigns 1..1
* category[vitalSigns] = $observation-category#vital-signs
* code.coding 2..*

Extension: HospitalStay
Id: hospital-stay
Title: "Hospital stay of an entry"
Description: "The hospital stay that an entry was recorded under, where its encounter is a stay in an intensive care unit. A few rows of the source name another hospital stay than the one that intensive care stay is part of."
* insert On(Observation)
* insert On(MedicationAdministration)
* insert On(Procedure)
* value[x] 1..1
* value[x] only Reference(Encounter)

Extension: ChartWarning
Id: chart-warning
Title: "Warning at charting"
Description: "Whether the charting system warned about the value when it was entered (column warning). CareVue, the older system, did not say."
* insert On(Observation)
* insert On(Observation.component)
* value[x] 1..1
* value[x] only boolean

Extension: ChartResultStatus
Id: chart-result-status
Title: "Status of a charted result"
Description: "How a result came into the chart (column resultstatus): Final from the laboratory system, Manual by hand."
* insert On(Observation)
* insert On(Observation.component)
* value[x] 1..1
* value[x] only string

Extension: ChartStopped
Id: chart-stopped
Title: "Charting stopped"
Description: "Set where the item was discontinued (column stopped, D/C'd). Rows of CareVue without it say NotStopd, unless a source-cell extension says otherwise."
* insert On(Observation)
* insert On(Observation.component)
* value[x] 1..1
* value[x] only string

Extension: ChartDatePrecision
Id: chart-date-precision
Title: "Precision of a charted date"
Description: "What the chart says about the precision of a date (column valueuom) where it is not Date: Date and Time."
* insert On(Observation)
* value[x] 1..1
* value[x] only string

CodeSystem: MimicDItems
Id: mimic-iii-d-items
Title: "Items of the intensive care chart (MIMIC-III)"
Description: "The item numbers of charted observations, inputs, outputs, procedures and cultures (column itemid). The meanings are in the table d_items, which is loaded with the data. One meaning has several numbers: two charting systems were used."
* insert Codes(not-present)

CodeSystem: MimicItemCategory
Id: mimic-iii-item-category
Title: "Sections of the intensive care chart (MIMIC-III)"
Description: "Where an item stands in the chart (column category of the table d_items). Items of the older system have none but for some laboratory sections."
* insert Codes(not-present)

CodeSystem: MimicChartValue
Id: mimic-iii-chart-value
Title: "Words of the intensive care chart that have a score (MIMIC-III)"
Description: "Words to which the chart gives a number (column value beside valuenum of the table chartevents). What the number means depends on the item."
* insert Codes(not-present)

CodeSystem: GcsModifier
Id: gcs-modifier
Title: "Limits of a coma score"
Description: "Why a part of the Glasgow coma scale could not be tested."
* insert Codes(complete)
* #not-testable "Not testable: tube in the airway"

CodeSystem: MimicOutputKind
Id: mimic-iii-output-kind
Title: "Kinds of charted output (MIMIC-III)"
Description: "What an item of the table outputevents adds to a fluid balance. Urine in the unit is urine and irrigant-and-urine-out less irrigant-in."
* insert Codes(complete)
* #output "Output other than urine"
* #urine "Urine"
* #urine-elsewhere "Urine in the operating or recovery room"
* #irrigant-in "Irrigant put into the bladder: no output"
* #irrigant-and-urine-out "Irrigant and urine that came out together"
* #before-admission "Output before the admission to the unit"

CodeSystem: MimicChartUnit
Id: mimic-iii-chart-unit
Title: "Units of the intensive care chart (MIMIC-III)"
Description: "The units as the chart spells them (column valueuom of the tables chartevents and outputevents). They are no UCUM, even where they look like it, and some are wrong for their item (torr on a fraction of oxygen)."
* insert Codes(fragment)
* #"mmHg" "mmHg"
* #"BPM" "BPM"
* #"bpm" "bpm"
* #"insp/min" "insp/min"
* #"/min" "/min"
* #"%" "%"
* #"cmH2O" "cmH2O"
* #"L/min" "L/min"
* #"lpm" "lpm"
* #"kg" "kg"
* #"L/m" "L/m"
* #"mL" "mL"
* #"ml" "ml"
* #"ml/B" "ml/B"
* #"mL/beat" "mL/beat"
* #"mEq/L" "mEq/L"
* #"cm" "cm"
* #"Deg. C" "Deg. C"
* #"?C" "?C"
* #"Deg. F" "Deg. F"
* #"?F" "?F"
* #"mg/dL" "mg/dL"
* #"mg/dl" "mg/dl"
* #"points" "points"
* #"number" "number"
* #"sum" "sum"
* #"sec" "sec"
* #"ml/hr" "ml/hr"
* #"g * m" "g * m"
* #"g*m/m2" "g*m/m2"
* #"kg * m" "kg * m"
* #"kg x m" "kg x m"
* #"K/uL" "K/uL"
* #"ml/cmH" "ml/cmH"
* #"ml/min" "ml/min"
* #"cc/min" "cc/min"
* #"ml/m/m" "ml/m/m"
* #"IU/L" "IU/L"
* #"gm/dl" "gm/dl"
* #"g/dl" "g/dl"
* #"g/dL" "g/dL"
* #"mmol/L" "mmol/L"
* #"ng/mL" "ng/mL"
* #"ml/dl" "ml/dl"
* #"m2" "m2"
* #"ug/mL" "ug/mL"
* #"ug/dL" "ug/dL"
* #"min" "min"
* #"L" "L"
* #"liters" "liters"
* #"inches" "inches"
* #"Inch" "Inch"
* #"mA" "mA"
* #"mV" "mV"
* #"pH" "pH"
* #"mOsm/kg" "mOsm/kg"
* #"kcal/kg" "kcal/kg"
* #"g/kg" "g/kg"
* #"pg/mL" "pg/mL"
* #"umol/L" "umol/L"
* #"#/uL" "#/uL"
* #"years" "years"
* #"torr" "torr"
* #"units" "units"
* #"/mic l" "/mic l"
* #"decFrc" "decFrc"
* #"ng" "ng"
* #"..." "..."
* #"." "."
* #"V-mA" "V-mA"
* #"#" "#"

CodeSystem: MimicChartError
Id: mimic-iii-chart-error
Title: "Mark of an error in the chart (MIMIC-III)"
Description: "Whether an entry of the chart was marked as an error (columns error and iserror)."
* insert Codes(complete)
* #"0" "Not marked"
* #"1" "Marked as an error"

CodeSystem: MimicBloodPressure
Id: mimic-iii-blood-pressure
Title: "Ways of measuring a blood pressure (MIMIC-III)"
Description: "Which items of the chart belong together as one measurement of a blood pressure."
* insert Codes(complete)
* #arterial-line-carevue "Arterial line (CareVue)"
* #arterial-line-metavision "Arterial line (MetaVision)"
* #arterial-line-art-metavision "Arterial line, second pressure (MetaVision)"
* #arterial-line-2-carevue "Second arterial line (CareVue)"
* #cuff-carevue "Cuff (CareVue)"
* #cuff-metavision "Cuff (MetaVision)"
* #manual-carevue "Cuff by hand (CareVue)"
* #manual-left "Cuff by hand, left arm (MetaVision)"
* #manual-right "Cuff by hand, right arm (MetaVision)"

CodeSystem: BloodPressurePart
Id: blood-pressure-part
Title: "Parts of a blood pressure"
Description: "Which of the pressures of a panel a component holds."
* insert Codes(complete)
* #systolic "Systolic"
* #diastolic "Diastolic"
* #mean "Mean"

Extension: ChartRow
Id: chart-row
Title: "Row of a charted part"
Description: "The number of the chart's row that a component was made from."
* insert On(Observation.component)
* value[x] 1..1
* value[x] only Identifier

Extension: ChartStored
Id: chart-stored
Title: "When a part was stored"
Description: "When the chart stored the entry that a component was made from (column storetime). What Observation.issued says of a whole Observation."
* insert On(Observation.component)
* value[x] 1..1
* value[x] only instant

Extension: ChartRecorder
Id: chart-recorder
Title: "Who recorded a part"
Description: "Who recorded the entry that a component was made from (column cgid). What Observation.performer says of a whole Observation."
* insert On(Observation.component)
* value[x] 1..1
* value[x] only Reference(Practitioner)
