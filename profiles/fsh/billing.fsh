// What the hospital and the professionals coded for payment: PROCEDURES_ICD, CPTEVENTS, DRGCODES and their dictionaries.

Profile: WardbridgeCodedProcedure
Parent: Procedure
Id: wardbridge-coded-procedure
Title: "Procedure known from billing"
Description: "An act that was coded for payment: in ICD-9-CM when the patient left hospital (category discharge-coding), or in CPT on a professional's bill (category professional-billing). The same act can stand in both, so count within one category. No date is given where the source has none; the admission's dates are not the act's."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* category 1..1 MS
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* encounter 1..1 MS
* performed[x] MS
* performed[x] only dateTime

Profile: WardbridgeChargeItem
Parent: ChargeItem
Id: wardbridge-charge-item
Title: "Line of a professional's bill"
Description: "A service billed with a CPT code. Most lines are visits (evaluation and management), which are no acts on the patient; service points to the Procedure where the line bills an act. No text of CPT comes with this definition."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* context 1..1 MS
* service only Reference(Procedure)
* extension contains
    CptSection named section 0..1 and
    CptSubsection named subsection 0..1

Extension: CodingRank
Id: coding-rank
Title: "Rank in the coding of the stay"
Description: "The place of a procedure in the list that was coded when the patient left hospital. It orders by weight for payment, not by time."
* insert On(Procedure)
* value[x] 1..1
* value[x] only integer

Extension: CptSection
Id: cpt-section
Title: "Section of CPT"
Description: "The section of CPT that the code of a bill's line belongs to."
* insert On(ChargeItem)
* value[x] 1..1
* value[x] only Coding

Extension: CptSubsection
Id: cpt-subsection
Title: "Subsection of CPT"
Description: "The subsection of CPT that the code of a bill's line belongs to."
* insert On(ChargeItem)
* value[x] 1..1
* value[x] only Coding

CodeSystem: MimicDIcdProcedures
Id: mimic-iii-d-icd-procedures
Title: "ICD-9 procedure codes as written in the tables (MIMIC-III)"
Description: "Procedure codes without their dot (column icd9_code of the table procedures_icd). The same digits mean something else among the diagnoses. The meanings are in the table d_icd_procedures, which is loaded with the data."
* insert Codes(not-present)

CodeSystem: MimicDCpt
Id: mimic-iii-d-cpt
Title: "Ranges of CPT codes (MIMIC-III)"
Description: "Subsections of CPT by the range of codes they hold (column subsectionrange of the table d_cpt, which is loaded with the data). It holds no CPT code."
* insert Codes(not-present)

CodeSystem: MimicCptSection
Id: mimic-iii-cpt-section
Title: "Sections of CPT as written in the bills (MIMIC-III)"
Description: "The names in the column sectionheader of the table cptevents."
* insert Codes(not-present)

CodeSystem: MimicCptSubsection
Id: mimic-iii-cpt-subsection
Title: "Subsections of CPT as written in the bills (MIMIC-III)"
Description: "The names in the column subsectionheader of the table cptevents."
* insert Codes(not-present)

CodeSystem: MimicProcedureSource
Id: mimic-iii-procedure-source
Title: "How a procedure is known (MIMIC-III)"
Description: "Which table a procedure comes from. One act can be recorded in several of them."
* insert Codes(complete)
* #discharge-coding "Coded when the patient left hospital" "Table procedures_icd."
* #professional-billing "Billed by a professional" "Table cptevents, sections surgery, medicine and radiology."
* #charting "Charted in intensive care" "Table procedureevents_mv."

Extension: DiagnosisRelatedGroup
Id: diagnosis-related-group
Title: "Diagnosis-related group of the stay"
Description: "A group the stay was paid by. One stay has up to three, of different grouping systems, whose equal numbers mean different groups (HCFA 148 and MS 148)."
* insert On(Encounter)
* extension contains
    row 1..1 and
    type 0..1 and
    code 0..1 and
    severity 0..1 and
    mortality 0..1
* extension[row] ^short = "row_id"
* extension[row].value[x] 1..1
* extension[row].value[x] only integer
* extension[type] ^short = "HCFA, MS or APR"
* extension[type].value[x] 1..1
* extension[type].value[x] only code
* extension[code].value[x] 1..1
* extension[code].value[x] only CodeableConcept
* extension[severity] ^short = "Severity of illness, 1 to 4 (APR only)"
* extension[severity].value[x] 1..1
* extension[severity].value[x] only integer
* extension[mortality] ^short = "Risk of mortality, 1 to 4 (APR only)"
* extension[mortality].value[x] 1..1
* extension[mortality].value[x] only integer

CodeSystem: MimicDrgApr
Id: mimic-iii-drg-apr
Title: "APR-DRG codes as written in the table (MIMIC-III)"
Description: "Column drg_code of the table drgcodes where drg_type is APR: the group's three digits, then the severity."
* insert Codes(not-present)

CodeSystem: MimicDrgMs
Id: mimic-iii-drg-ms
Title: "MS-DRG codes as written in the table (MIMIC-III)"
Description: "Column drg_code of the table drgcodes where drg_type is MS."
* insert Codes(not-present)

CodeSystem: MimicDrgHcfa
Id: mimic-iii-drg-hcfa
Title: "HCFA-DRG codes as written in the table (MIMIC-III)"
Description: "Column drg_code of the table drgcodes where drg_type is HCFA, or none of the known types. Its numbers mean other groups than those of MS-DRG."
* insert Codes(not-present)
