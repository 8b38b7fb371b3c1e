Profile: WardbridgeIcuProcedure
Parent: Procedure
Id: wardbridge-icu-procedure
Title: "Procedure in intensive care"
Description: "A line, a ventilation, a dialysis, an examination charted in intensive care, with its period. An entry with status entered-in-error was not done."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* code 1..1 MS
* category MS
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS
* performed[x] 1..1 MS
* extension contains
    HospitalStay named hospitalStay 0..1 and
    RecordedAt named recordedAt 0..1 and
    SourceStatus named sourceStatus 0..1 and
    AccessCategory named accessCategory 0..1 and
    RecordedValue named recordedValue 0..1 and
    OpenBag named openBag 0..1 and
    ContinuedInNextUnit named continuedInNextUnit 0..1

Profile: WardbridgeEventObservation
Parent: Observation
Id: wardbridge-event-observation
Title: "Event in intensive care"
Description: "Something that happened to a patient (cardiac arrest, chest pain) or around them (sent to the operating room, family updated). Nobody did it to the patient, so it is no Procedure. The code is the finding; there is no value."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* category 1..* MS
* code 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS
* effective[x] 1..1 MS
* value[x] 0..0
* extension contains
    HospitalStay named hospitalStay 0..1 and
    SourceStatus named sourceStatus 0..1 and
    RecordedValue named recordedValue 0..1 and
    OpenBag named openBag 0..1 and
    ContinuedInNextUnit named continuedInNextUnit 0..1

Extension: AccessCategory
Id: access-category
Title: "Category of the place"
Description: "How the source sorts the place of a line: Invasive Venous, Invasive Arterial, Peripheral."
* insert On(Procedure)
* insert On(Observation)
* value[x] 1..1
* value[x] only code

Extension: RecordedValue
Id: recorded-value
Title: "Value of the entry"
Description: "How long it lasted, in minutes, or 1 for something that has no duration."
* insert On(Procedure)
* insert On(Observation)
* value[x] 1..1
* value[x] only Quantity
