RuleSet: Codes(content)
* ^content = #{content}
* ^caseSensitive = true
* ^experimental = false

CodeSystem: CommunicationCategory
Id: communication-category
Title: "Kinds of communication"
Description: "The parts of a conversation between a patient and the responsible physician."
* insert Codes(complete)
* ^valueSet = "https://fhir.wardbridge.dev/ValueSet/communication-category"
* #thread "Thread" "Header of a conversation; it has no text of its own."
* #question "Question" "What the patient asked."
* #answer "Answer" "What the physician answered."

ValueSet: CommunicationCategoryValueSet
Id: communication-category
Title: "Kinds of communication"
Description: "The parts of a conversation between a patient and the responsible physician."
* ^experimental = false
* include codes from system CommunicationCategory

CodeSystem: MediaKind
Id: media-kind
Title: "What media are for"
Description: "What a picture, a video or a document of a patient is for: a tag of each, and the category of a DocumentReference."
* insert Codes(complete)
* ^valueSet = "https://fhir.wardbridge.dev/ValueSet/media-kind"
* #attachment "Attachment" "To be shown with a question or a progress entry; removed when nothing names it within a day."
* #record "Record" "Part of the patient's record by itself."
* #identity-document "Identity document" "Shows who the patient is; for the front desk and the patient, not for those who treat them."

ValueSet: MediaKindValueSet
Id: media-kind
Title: "What media are for"
Description: "What a picture, a video or a document of a patient is for: a tag of each, and the category of a DocumentReference."
* ^experimental = false
* include codes from system MediaKind

CodeSystem: TaskCode
Id: task-code
Title: "Kinds of task"
Description: "What a task asks somebody to do."
* insert Codes(complete)
* ^valueSet = "https://fhir.wardbridge.dev/ValueSet/task-code"
* #answer-question "Answer a question" "Answer the question of a patient."

ValueSet: TaskCodeValueSet
Id: task-code
Title: "Kinds of task"
Description: "What a task asks somebody to do."
* ^experimental = false
* include codes from system TaskCode

CodeSystem: WardbridgeError
Id: error
Title: "Errors of the service"
Description: "The codes of the errors the service gives in OperationOutcome.issue.details. The list with explanations is in the reference documentation of errors."
* insert Codes(not-present)

CodeSystem: HospitalSpecialty
Id: hospital-specialty
Title: "Specialties of physicians"
Description: "The specialty of a physician in the hospital's own words (column specialty of the table physicians)."
* insert Codes(fragment)
* #"Anaesthesiology" "Anaesthesiology"
* #"Cardiac Surgery" "Cardiac surgery"
* #"Cardiology" "Cardiology"
* #"Endocrinology" "Endocrinology"
* #"Gastroenterology" "Gastroenterology"
* #"General Surgery" "General surgery"
* #"Geriatrics" "Geriatrics"
* #"Intensive Care" "Intensive care"
* #"Internal Medicine" "Internal medicine"
* #"Nephrology" "Nephrology"
* #"Neurology" "Neurology"
* #"Orthopaedic Surgery" "Orthopaedic surgery"
* #"Pulmonology" "Pulmonology"

CodeSystem: HospitalProgressCode
Id: hospital-progress-code
Title: "Codes of the progress sheet"
Description: "What a bedside measurement is, as the hospital codes it (column code of the table progress). The codes listed are taken from LOINC unchanged; a hospital may have more, and its own."
* insert Codes(fragment)
* #8867-4 "Heart rate"
* #9279-1 "Respiratory rate"
* #2708-6 "Oxygen saturation"
* #59408-5 "Oxygen saturation by pulse oximetry"
* #8310-5 "Body temperature"
* #8480-6 "Systolic blood pressure"
* #8462-4 "Diastolic blood pressure"
* #29463-7 "Body weight"
* #8302-2 "Body height"
* #41653-7 "Glucose at the bedside"

CodeSystem: HospitalProgressUnit
Id: hospital-progress-unit
Title: "Units of the progress sheet"
Description: "The unit of a bedside measurement as the hospital writes it (column unit of the table progress). Usually UCUM; a hospital may write others."
* insert Codes(fragment)
* #/min "per minute"
* #% "percent"
* #Cel "degree Celsius"
* #mm[Hg] "millimetre of mercury"
* #kg "kilogram"
* #cm "centimetre"
* #mg/dL "milligram per decilitre"
