// NOTEEVENTS.

Profile: WardbridgeNote
Parent: DocumentReference
Id: wardbridge-note
Title: "Clinical note"
Description: "A note as plain text. A note marked as an error stays readable, with the status entered-in-error. context.period is the day the note is about; date is its time, which some notes do not have; note-stored is when it was saved."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* type MS
* category 1..1 MS
* subject 1..1 MS
* subject only Reference(Patient)
* date MS
* content 1..1 MS
* content.attachment.contentType MS
* content.attachment.data MS
* extension contains NoteStored named stored 0..1

Extension: NoteStored
Id: note-stored
Title: "When the note was saved"
Description: "The time at which a note was saved in the system."
* insert On(DocumentReference)
* value[x] 1..1
* value[x] only dateTime

CodeSystem: MimicNoteCategory
Id: mimic-iii-note-category
Title: "Categories of notes (MIMIC-III)"
Description: "Who wrote a note, or what it is about (column category of the table noteevents, without the blanks that some values end with)."
* insert Codes(fragment)
* #"Discharge summary" "Discharge summary"
* #"Nursing" "Nursing note, MetaVision"
* #"Nursing/other" "Nursing note, CareVue"
* #"Physician" "Physician's note"
* #"Radiology" "Radiology report"
* #"ECG" "Report of an electrocardiogram"
* #"Echo" "Report of an echocardiogram"
* #"Respiratory" "Respiratory therapist's note"
* #"Nutrition" "Dietitian's note"
* #"Rehab Services" "Note of the rehabilitation services"
* #"Social Work" "Social worker's note"
* #"Case Management" "Case manager's note"
* #"Pharmacy" "Pharmacist's note"
* #"Consult" "Consultation"
* #"General" "Other note"
