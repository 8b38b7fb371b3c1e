RuleSet: CategorySlice(name)
* category 1..* MS
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains {name} 1..1
* category[{name}] = $communication-category#{name}
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS

Profile: WardbridgeThread
Parent: Communication
Id: wardbridge-thread
Title: "Thread of a patient's question"
Description: "The header of a conversation between a patient and the responsible physician. It has no text of its own; the question and the answer are parts of it. Its status is in-progress while the question waits, and completed once it is answered."
* insert CategorySlice(thread)
* payload 0..0
* partOf 0..0
* topic MS
* reasonCode MS
* recipient MS
* sent MS

Profile: WardbridgeQuestion
Parent: Communication
Id: wardbridge-question
Title: "Question of a patient"
Description: "What a patient asked about their own treatment. It is sent to one physician; that recipient is a fact and is not rewritten when the responsible physician changes."
* insert CategorySlice(question)
* partOf 1..1 MS
* partOf only Reference(Communication)
* inResponseTo 0..0
* payload 1..* MS
* sender 1..1 MS
* sender only Reference(Patient)
* recipient MS
* sent MS

Profile: WardbridgeAnswer
Parent: Communication
Id: wardbridge-answer
Title: "Answer of a physician"
Description: "What the responsible physician answered. A question has at most one answer. Where the source does not say who answered or when, sender or sent is left out."
* insert CategorySlice(answer)
* partOf 1..1 MS
* partOf only Reference(Communication)
* inResponseTo 1..1 MS
* inResponseTo only Reference(Communication)
* payload 1..* MS
* sender MS
* sender only Reference(Practitioner or PractitionerRole)
* recipient MS
* sent MS

Profile: WardbridgeAnswerTask
Parent: Task
Id: wardbridge-answer-task
Title: "Task to answer a question"
Description: "Tells the responsible physician that a question waits for an answer: requested, in-progress while it is being answered, completed with the answer as output."
* intent = #order
* code 1..1 MS
* code = $task-code#answer-question
* focus 1..1 MS
* focus only Reference(Communication)
* for 1..1 MS
* for only Reference(Patient)
* encounter MS
* owner MS
* authoredOn MS
* output MS

Instance: communication-in-response-to
InstanceOf: SearchParameter
Usage: #definition
Title: "in-response-to"
Description: "The answers to a question"
* url = "https://fhir.wardbridge.dev/SearchParameter/communication-in-response-to"
* version = "0.1.0"
* name = "WardbridgeInResponseTo"
* status = #active
* description = "The communication this one answers: Communication?in-response-to=Communication/QUESTION finds the answer to a question."
* code = #in-response-to
* base = #Communication
* type = #reference
* expression = "Communication.inResponseTo"
* xpath = "f:Communication/f:inResponseTo"
* xpathUsage = #normal
* target = #Communication
