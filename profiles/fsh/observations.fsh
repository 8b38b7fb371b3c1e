Invariant: wardbridge-value
Description: "A result has a value, components, or a reason why there is none."
Severity: #error
Expression: "value.exists() or component.exists() or dataAbsentReason.exists()"

Profile: WardbridgeLabObservation
Parent: Observation
Id: wardbridge-lab-observation
Title: "Laboratory result"
Description: "One laboratory result. The hospital's own item code always stands first; the LOINC code, where known, stands beside it. A number is a quantity only where the source cell is a number; where there is no value, the reason is given. A result without encounter was taken outside an admission."
* obeys wardbridge-value
* category 1..* MS
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains laboratory 1..1
* category[laboratory] = $observation-category#laboratory
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* effective[x] 1..1 MS
* effective[x] only dateTime
* value[x] MS
* interpretation MS

Profile: WardbridgeProgressObservation
Parent: Observation
Id: wardbridge-progress-observation
Title: "Entry of the progress sheet"
Description: "A line a nurse or physician wrote about the course of the stay, or a measurement taken at the bedside. The written text is the note. A measurement has its code, value and unit; a vital sign without a value says why. A line without a code is all in its note and is called progress entry."
* identifier 1..* MS
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* effective[x] 1..1 MS
* effective[x] only dateTime
* value[x] MS
* note MS
