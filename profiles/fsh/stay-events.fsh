// What happens in the course of a stay: CALLOUT, SERVICES, TRANSFERS.

Profile: WardbridgeCallout
Parent: Task
Id: wardbridge-callout
Title: "Call-out from an intensive care unit"
Description: "The request to move a patient who is ready to leave an intensive care unit. Each input is what the new bed should offer; 0 (not asked for) is said, not left out. A request for precautions is not an infection. The task is completed when the patient left, and cancelled when the request was withdrawn."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* code 1..1 MS
* for 1..1 MS
* for only Reference(Patient)
* encounter 1..1 MS
* authoredOn MS
* executionPeriod MS
* extension contains
    CalloutSubmittedFrom named submittedFrom 0..1 and
    CalloutCurrentPlace named currentPlace 0..1 and
    CalloutAcknowledged named acknowledged 0..1 and
    CalloutFirstReservation named firstReservation 0..1 and
    CalloutCurrentReservation named currentReservation 0..1

RuleSet: WardAndUnit
* insert On(Task)
* extension contains ward 0..1 and unit 0..1
* extension[ward].value[x] 1..1
* extension[ward].value[x] only integer
* extension[unit].value[x] 1..1
* extension[unit].value[x] only string

Extension: CalloutSubmittedFrom
Id: callout-submitted-from
Title: "Where the call-out was submitted"
Description: "Ward, and intensive care unit where it is named, from which the call-out was submitted."
* insert WardAndUnit

Extension: CalloutCurrentPlace
Id: callout-current-place
Title: "Ward and unit when the call-out was last written"
Description: "The ward column is overwritten when the patient moves, the unit column is not, so the two need not belong together: they name no place."
* insert WardAndUnit

RuleSet: CalloutTime
* insert On(Task)
* value[x] 1..1
* value[x] only dateTime

Extension: CalloutAcknowledged
Id: callout-acknowledged
Title: "When the call-out was acknowledged"
Description: "When the call-out was first acknowledged."
* insert CalloutTime

Extension: CalloutFirstReservation
Id: callout-first-reservation
Title: "When a bed was first reserved"
Description: "When a bed was first reserved for the call-out."
* insert CalloutTime

Extension: CalloutCurrentReservation
Id: callout-current-reservation
Title: "When the current bed was reserved"
Description: "When the bed was reserved that is reserved now."
* insert CalloutTime

CodeSystem: MimicTask
Id: mimic-iii-task
Title: "Kinds of task (MIMIC-III)"
Description: "What a task of the hospital asks for."
* insert Codes(complete)
* #icu-callout "Move a patient out of an intensive care unit"

CodeSystem: MimicCallout
Id: mimic-iii-callout
Title: "What a call-out asks for and leads to (MIMIC-III)"
Description: "The columns request_*, callout_wardid, callout_service and discharge_wardid of the table callout."
* insert Codes(complete)
* #request-tele "Bed with telemetry"
* #request-resp "Respiratory precautions"
* #request-cdiff "Precautions against Clostridium difficile"
* #request-mrsa "Precautions against MRSA"
* #request-vre "Precautions against VRE"
* #ward "Ward asked for" "0 is home, 1 the first ward that has a bed."
* #service "Service asked for"
* #discharge-ward "Ward the patient left for" "0 is home."

CodeSystem: MimicCalloutOutcome
Id: mimic-iii-callout-outcome
Title: "How a call-out ended (MIMIC-III)"
Description: "Column callout_outcome of the table callout."
* insert Codes(complete)
* #"Discharged" "The patient left the unit"
* #"Cancelled" "The call-out was withdrawn"

CodeSystem: MimicCalloutAcknowledge
Id: mimic-iii-callout-acknowledge
Title: "Answer to a call-out (MIMIC-III)"
Description: "Column acknowledge_status of the table callout."
* insert Codes(complete)
* #"Acknowledged" "Acknowledged"
* #"Unacknowledged" "Not acknowledged"
* #"Revised" "Revised after it was submitted"
* #"Reserved" "A bed is reserved"

CodeSystem: MimicService
Id: mimic-iii-service
Title: "Hospital services (MIMIC-III)"
Description: "The service a patient was under (columns curr_service and prev_service of the table services, callout_service of the table callout)."
* insert Codes(fragment)
* #"CMED" "Cardiac medical"
* #"CSURG" "Cardiac surgery"
* #"DENT" "Dental"
* #"ENT" "Ear, nose and throat"
* #"GU" "Genitourinary"
* #"GYN" "Gynaecological"
* #"MED" "Medical"
* #"NB" "Newborn"
* #"NBB" "Newborn baby"
* #"NMED" "Neurologic medical"
* #"NSURG" "Neurologic surgical"
* #"OBS" "Obstetrics"
* #"OMED" "OMED" "Printed as orthopaedic medicine in places, but its patients have melanoma, lung cancer and leukaemia: the meaning is left open."
* #"ORTHO" "Orthopaedic"
* #"PSURG" "Plastic surgery"
* #"PSYCH" "Psychiatric"
* #"SURG" "Surgical"
* #"TRAUM" "Trauma"
* #"TSURG" "Thoracic surgical"
* #"VSURG" "Vascular surgical"
* #"CCU" "Coronary care unit" "Only in the table callout."

Profile: WardbridgeWard
Parent: Location
Id: wardbridge-ward
Title: "Ward"
Description: "A ward, together with the intensive care unit it serves: wards served several units over the years, so a ward's number alone has no fixed meaning."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* name 1..1 MS
* physicalType 1..1 MS

Extension: ServiceChange
Id: service-change
Title: "Service the patient came under"
Description: "From when the patient was under which service of the hospital. Encounter.serviceType is the first one; a quarter of the stays change."
* insert On(Encounter)
* extension contains
    row 1..1 and
    time 0..1 and
    previous 0..1 and
    service 0..1
* extension[row] ^short = "row_id"
* extension[row].value[x] 1..1
* extension[row].value[x] only integer
* extension[time].value[x] 1..1
* extension[time].value[x] only dateTime
* extension[previous].value[x] 1..1
* extension[previous].value[x] only Coding
* extension[service].value[x] 1..1
* extension[service].value[x] only Coding

Extension: Transfer
Id: ward-transfer
Title: "Transfer within the hospital"
Description: "What the source says about a stay in a ward beside place and time. On the Encounter itself: a move to no ward, which is the discharge."
* insert On(Encounter)
* insert On(Encounter.location)
* extension contains
    row 1..1 and
    event 0..1 and
    time 0..1 and
    icuStay 0..1 and
    chartingSystem 0..1 and
    previousWard 0..1 and
    previousUnit 0..1 and
    ward 0..1 and
    unit 0..1 and
    length 0..1
* extension[row] ^short = "row_id"
* extension[row].value[x] 1..1
* extension[row].value[x] only integer
* extension[event] ^short = "admit, transfer or discharge"
* extension[event].value[x] 1..1
* extension[event].value[x] only code
* extension[time] ^short = "When, where there is no period"
* extension[time].value[x] 1..1
* extension[time].value[x] only dateTime
* extension[icuStay].value[x] 1..1
* extension[icuStay].value[x] only Reference(Encounter)
* extension[chartingSystem] ^short = "carevue or metavision"
* extension[chartingSystem].value[x] 1..1
* extension[chartingSystem].value[x] only code
* extension[previousWard].value[x] 1..1
* extension[previousWard].value[x] only integer
* extension[previousUnit].value[x] 1..1
* extension[previousUnit].value[x] only string
* extension[ward].value[x] 1..1
* extension[ward].value[x] only integer
* extension[unit].value[x] 1..1
* extension[unit].value[x] only string
* extension[length] ^short = "Length of the stay in the ward, in hours"
* extension[length].value[x] 1..1
* extension[length].value[x] only Duration
