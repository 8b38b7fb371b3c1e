// MICROBIOLOGYEVENTS.

Profile: WardbridgeSpecimen
Parent: Specimen
Id: wardbridge-specimen
Title: "Specimen for microbiology"
Description: "What was taken from one patient at one time for one kind of test. The source has no number of its own for it: patient, admission, day, time and kind make it. A specimen without a time has its day."
* type MS
* subject 1..1 MS
* subject only Reference(Patient)
* collection 1..1 MS
* collection.collected[x] 1..1 MS
* collection.collected[x] only dateTime

RuleSet: Microbiology
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
* specimen 1..1 MS
* specimen only Reference(Specimen)

Profile: WardbridgeCulture
Parent: Observation
Id: wardbridge-culture
Title: "Result of a microbiological test"
Description: "One test of one specimen, for one organism and isolate. The value is the organism, the result as the laboratory worded it (interpretation positive: it names no isolate), or no growth. Tests other than cultures that name no result have a reason instead: nothing says that they were negative."
* insert Microbiology
* obeys wardbridge-value
* value[x] MS
* value[x] only CodeableConcept
* component 0..0
* extension contains
    MicrobiologyIsolate named isolate 0..1 and
    MicrobiologyRow named row 0..*

Profile: WardbridgeSusceptibility
Parent: Observation
Id: wardbridge-susceptibility
Title: "Susceptibility of an isolate to an antibiotic"
Description: "How an isolate reacts to one antibiotic. The value is the dilution as the laboratory wrote it; no unit is given, so none is stated. The interpretation is susceptible, intermediate or resistant. The culture it comes from is derivedFrom."
* insert Microbiology
* obeys wardbridge-value
* identifier 1..* MS
* value[x] MS
* value[x] only Quantity or string
* interpretation MS
* derivedFrom 1..1 MS
* derivedFrom only Reference(Observation)
* extension contains MicrobiologyIsolate named isolate 0..1

Extension: MicrobiologyIsolate
Id: microbiology-isolate
Title: "Specimen, organism and isolate"
Description: "What was tested: the kind of specimen, the organism that grew, and the number of its isolate."
* insert On(Observation)
* extension contains
    specimen 0..1 and
    organism 0..1 and
    isolate 0..1
* extension[specimen].value[x] 1..1
* extension[specimen].value[x] only Coding
* extension[organism].value[x] 1..1
* extension[organism].value[x] only Coding
* extension[isolate].value[x] 1..1
* extension[isolate].value[x] only integer

Extension: MicrobiologyRow
Id: microbiology-row
Title: "Row that reports this result without an antibiotic"
Description: "A row of the source that says no more than this result: the same result can be there several times. It stands here so that the table can be written back."
* insert On(Observation)
* extension contains row 1..1
* extension[row] ^short = "row_id"
* extension[row].value[x] 1..1
* extension[row].value[x] only integer

CodeSystem: MimicMicrobiologyResult
Id: mimic-iii-microbiology-result
Title: "Results without an organism (MIMIC-III)"
Description: "What a culture gave where the source names no organism."
* insert Codes(complete)
* #no-growth "No growth" "The culture names no organism: nothing grew that the laboratory reported."

CodeSystem: MimicSusceptibility
Id: mimic-iii-susceptibility
Title: "Susceptibility (MIMIC-III)"
Description: "Column interpretation of the table microbiologyevents."
* insert Codes(complete)
* #"S" "Susceptible"
* #"I" "Intermediate"
* #"R" "Resistant"
* #"P" "Pending"
