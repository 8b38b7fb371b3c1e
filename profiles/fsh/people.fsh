Profile: WardbridgePatient
Parent: Patient
Id: wardbridge-patient
Title: "Patient of a hospital system"
Description: "A person as the hospital's patient table knows them: at least one record number, and the recorded gender. Names are not invented where the table has none. Race, ethnicity and birth sex, where known, use the extensions us-core-race, us-core-ethnicity and us-core-birthsex of US Core."
* identifier 1..* MS
* identifier ^short = "Record number; the system names the hospital system it comes from"
* identifier.system 1..1
* identifier.value 1..1
* gender 1..1 MS
* birthDate MS
* birthDate ^short = "Date of birth; absent (masked) where the source hides the age of people over 89"
* deceased[x] MS
* extension contains
    RawDateOfBirth named rawDateOfBirth 0..1 and
    DateOfDeathHospital named dateOfDeathHospital 0..1 and
    DateOfDeathSsn named dateOfDeathSsn 0..1

Profile: WardbridgePractitioner
Parent: Practitioner
Id: wardbridge-practitioner
Title: "Caregiver or physician"
Description: "Someone who treats patients or records data about them. Read-only accounts, clerks and students are kept as well: an identifier says who recorded a value, not that the person is a clinician."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* name MS

Profile: WardbridgePractitionerRole
Parent: PractitionerRole
Id: wardbridge-practitioner-role
Title: "Role or specialty of a caregiver"
Description: "What the hospital calls this person (nurse, resident, attending ...) and, for physicians, the specialty. The words are the hospital's own; no profession is derived from letters."
* practitioner 1..1 MS
* code MS
* specialty MS
