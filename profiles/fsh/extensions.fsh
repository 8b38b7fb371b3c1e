RuleSet: OnAnything
* ^context[+].type = #element
* ^context[=].expression = "Element"
* ^context[+].type = #element
* ^context[=].expression = "DomainResource"

RuleSet: On(path)
* ^context[+].type = #element
* ^context[=].expression = "{path}"

Extension: SourceText
Id: source-text
Title: "Text of the source cell"
Description: "The text of the table cell, where FHIR asks for another form: \".4\" in the table is 0.4 in FHIR. Needed to write the table back as it was."
* insert OnAnything
* value[x] 1..1
* value[x] only string

Extension: SourceCell
Id: source-cell
Title: "Table cell without a home in FHIR"
Description: "A table cell that no FHIR element holds, or that differs from what FHIR derives from other cells (a flag that contradicts the dates, a number that contradicts the text). An absent value means that the cell is empty although a value would be derived."
* insert OnAnything
* extension contains
    column 1..1 and
    value 0..1
* extension[column] ^short = "Name of the column, lower case"
* extension[column].value[x] 1..1
* extension[column].value[x] only code
* extension[value] ^short = "Text of the cell"
* extension[value].value[x] 1..1
* extension[value].value[x] only string

Extension: EndBeforeStart
Id: end-before-start
Title: "End recorded before the start"
Description: "The end of a period that the source records before its start. FHIR does not allow such a period, so the start stands alone and the recorded end is kept here."
* insert On(Period)
* value[x] 1..1
* value[x] only dateTime

Extension: RawDateOfBirth
Id: raw-date-of-birth
Title: "Date of birth as recorded, masked"
Description: "The date of birth as the source has it, for people over 89 whose true date the source hides by a shift of 300 years. It is no date of birth and must not be used to work out an age."
* insert On(Patient)
* insert On(Observation)
* value[x] 1..1
* value[x] only string

Extension: DateOfDeathHospital
Id: date-of-death-hospital
Title: "Date of death, hospital record"
Description: "The date of death in the hospital's own record."
* insert On(Patient)
* value[x] 1..1
* value[x] only date

Extension: DateOfDeathSsn
Id: date-of-death-ssn
Title: "Date of death, social security record"
Description: "The date of death in the social security record. It can differ from the hospital's."
* insert On(Patient)
* value[x] 1..1
* value[x] only date

Extension: EthnicityOnAdmission
Id: ethnicity-on-admission
Title: "Ethnicity recorded at this admission"
Description: "The words this admission recorded for the patient's ethnicity; another admission may say something else."
* insert On(Encounter)
* value[x] 1..1
* value[x] only string

Extension: ReligionOnAdmission
Id: religion-on-admission
Title: "Religion recorded at this admission"
Description: "The words this admission recorded for the patient's religion; another admission may say something else."
* insert On(Encounter)
* value[x] 1..1
* value[x] only string

Extension: LanguageOnAdmission
Id: language-on-admission
Title: "Language recorded at this admission"
Description: "The code this admission recorded for the patient's language; another admission may say something else."
* insert On(Encounter)
* value[x] 1..1
* value[x] only string

Extension: MaritalStatusOnAdmission
Id: marital-status-on-admission
Title: "Marital status recorded at this admission"
Description: "The words this admission recorded for the patient's marital status; another admission may say something else."
* insert On(Encounter)
* value[x] 1..1
* value[x] only string
