Profile: WardbridgeEncounter
Parent: Encounter
Id: wardbridge-encounter
Title: "Hospital or intensive care stay"
Description: "A hospital admission (class IMP), or a stay in an intensive care unit within it (class ACUTE, partOf the admission). Count admissions by the encounters without partOf. What the admission said about the patient (religion, language, marital status, ethnicity) stays readable here when a later admission says something else."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* subject 1..1 MS
* subject only Reference(Patient)
* period MS
* partOf MS
* location MS
* extension contains
    EthnicityOnAdmission named ethnicityOnAdmission 0..1 and
    ReligionOnAdmission named religionOnAdmission 0..1 and
    LanguageOnAdmission named languageOnAdmission 0..1 and
    MaritalStatusOnAdmission named maritalStatusOnAdmission 0..1 and
    DiagnosisRelatedGroup named drg 0..* and
    ServiceChange named serviceChange 0..* and
    Transfer named discharge 0..*
* location.extension contains Transfer named transfer 0..1

Profile: WardbridgeCondition
Parent: Condition
Id: wardbridge-condition
Title: "Coded discharge diagnosis"
Description: "A diagnosis coded for billing when the patient left hospital. It carries no clinical or verification status, because a billing code says neither; codes for history and external causes (V and E codes) are no present disease."
* category 1..* MS
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains encounterDiagnosis 1..1
* category[encounterDiagnosis] = $condition-category#encounter-diagnosis
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* encounter 1..1 MS

Profile: WardbridgeCoverage
Parent: Coverage
Id: wardbridge-coverage
Title: "Insurance of an admission"
Description: "Who pays for one admission, as recorded at that admission. No period is given: the source does not say when the insurance began or ended."
* identifier 1..* MS
* type MS
* beneficiary 1..1 MS

Profile: WardbridgeAccount
Parent: Account
Id: wardbridge-account
Title: "Account that links an admission to its insurance"
Description: "R4 has no direct link from an admission to its insurance; the admission names this account, and the account names the coverage."
* subject 1..1 MS
* subject only Reference(Patient)
* coverage 1..* MS
