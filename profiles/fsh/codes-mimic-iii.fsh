CodeSystem: MimicAdmissionType
Id: mimic-iii-admission-type
Title: "Type of admission (MIMIC-III)"
Description: "How urgent an admission was (column admission_type of the table admissions)."
* insert Codes(complete)
* #"EMERGENCY" "Emergency"
* #"URGENT" "Urgent"
* #"ELECTIVE" "Elective"
* #"NEWBORN" "Newborn"

CodeSystem: MimicAdmissionLocation
Id: mimic-iii-admission-location
Title: "Where a patient came from (MIMIC-III)"
Description: "Where a patient was before the admission (column admission_location of the table admissions). The source cuts the words off after 25 characters."
* insert Codes(complete)
* #"EMERGENCY ROOM ADMIT" "Admitted through the emergency room"
* #"TRANSFER FROM HOSP/EXTRAM" "Transfer from another hospital, or born outside this one"
* #"TRANSFER FROM SKILLED NUR" "Transfer from a skilled nursing facility"
* #"TRANSFER FROM OTHER HEALT" "Transfer from another health care facility"
* #"CLINIC REFERRAL/PREMATURE" "Referred by a clinic, or premature birth"
* #"PHYS REFERRAL/NORMAL DELI" "Referred by a physician, or normal delivery"
* #"HMO REFERRAL/SICK" "Referred by a health maintenance organisation, or sick newborn"
* #"TRSF WITHIN THIS FACILITY" "Transfer within this hospital"
* #"** INFO NOT AVAILABLE **" "Not known"

CodeSystem: MimicDischargeLocation
Id: mimic-iii-discharge-location
Title: "Where a patient went (MIMIC-III)"
Description: "Where a patient went at discharge (column discharge_location of the table admissions). The source cuts the words off after 25 characters."
* insert Codes(complete)
* #"HOME" "Home"
* #"HOME HEALTH CARE" "Home, with a home health service"
* #"HOME WITH HOME IV PROVIDR" "Home, with infusions at home"
* #"SNF" "Skilled nursing facility"
* #"SNF-MEDICAID ONLY CERTIF" "Skilled nursing facility certified for Medicaid only"
* #"ICF" "Intermediate care facility"
* #"REHAB/DISTINCT PART HOSP" "Rehabilitation hospital or unit"
* #"LONG TERM CARE HOSPITAL" "Long-term care hospital"
* #"HOSPICE-HOME" "Hospice care at home"
* #"HOSPICE-MEDICAL FACILITY" "Hospice care in a facility"
* #"DISCH-TRAN TO PSYCH HOSP" "Psychiatric hospital"
* #"SHORT TERM HOSPITAL" "Short-term hospital"
* #"DISC-TRAN CANCER/CHLDRN H" "Cancer centre or children's hospital"
* #"DISC-TRAN TO FEDERAL HC" "Federal health care facility"
* #"OTHER FACILITY" "Another facility"
* #"LEFT AGAINST MEDICAL ADVI" "Left against medical advice"
* #"DEAD/EXPIRED" "Died in hospital"

CodeSystem: MimicInsurance
Id: mimic-iii-insurance
Title: "Insurance (MIMIC-III)"
Description: "Who pays for an admission (column insurance of the table admissions)."
* insert Codes(complete)
* #"Medicare" "Medicare"
* #"Medicaid" "Medicaid"
* #"Government" "Another government programme"
* #"Private" "Private insurance"
* #"Self Pay" "The patient pays"

CodeSystem: MimicLanguage
Id: mimic-iii-language
Title: "Language (MIMIC-III)"
Description: "The language of a patient (column language of the table admissions). The list is not closed: free entries begin with an asterisk."
* insert Codes(fragment)
* #"ENGL" "English"
* #"SPAN" "Spanish"
* #"RUSS" "Russian"
* #"PTUN" "Portuguese, unspecified"
* #"PORT" "Portuguese"
* #"CANT" "Cantonese"
* #"MAND" "Mandarin"
* #"CAPE" "Cape Verdean Creole"
* #"HAIT" "Haitian Creole"
* #"ITAL" "Italian"
* #"VIET" "Vietnamese"
* #"GREE" "Greek"
* #"ARAB" "Arabic"
* #"PERS" "Persian"
* #"CAMB" "Khmer"
* #"POLI" "Polish"
* #"HIND" "Hindi"
* #"KORE" "Korean"
* #"ALBA" "Albanian"
* #"FREN" "French"
* #"SOMA" "Somali"
* #"ETHI" "Ethiopian language"
* #"AMER" "American sign language"
* #"THAI" "Thai"
* #"LAOT" "Lao"
* #"TURK" "Turkish"
* #"GERM" "German"
* #"JAPA" "Japanese"
* #"BENG" "Bengali"

CodeSystem: MimicReligion
Id: mimic-iii-religion
Title: "Religion (MIMIC-III)"
Description: "The religion of a patient (column religion of the table admissions)."
* insert Codes(complete)
* #"CATHOLIC" "Catholic"
* #"PROTESTANT QUAKER" "Protestant, Quaker"
* #"JEWISH" "Jewish"
* #"HEBREW" "Hebrew"
* #"MUSLIM" "Muslim"
* #"BUDDHIST" "Buddhist"
* #"HINDU" "Hindu"
* #"CHRISTIAN SCIENTIST" "Christian Scientist"
* #"ROMANIAN EAST. ORTH" "Romanian or Eastern Orthodox"
* #"GREEK ORTHODOX" "Greek Orthodox"
* #"EPISCOPALIAN" "Episcopalian"
* #"JEHOVAH'S WITNESS" "Jehovah's Witness"
* #"UNITARIAN-UNIVERSALIST" "Unitarian Universalist"
* #"7TH DAY ADVENTIST" "Seventh-day Adventist"
* #"BAPTIST" "Baptist"
* #"METHODIST" "Methodist"
* #"LUTHERAN" "Lutheran"
* #"OTHER" "Another religion"
* #"NOT SPECIFIED" "Not specified"
* #"UNOBTAINABLE" "Could not be asked"

CodeSystem: MimicMaritalStatus
Id: mimic-iii-marital-status
Title: "Marital status (MIMIC-III)"
Description: "The marital status of a patient (column marital_status of the table admissions)."
* insert Codes(complete)
* #"MARRIED" "Married"
* #"SINGLE" "Single"
* #"WIDOWED" "Widowed"
* #"DIVORCED" "Divorced"
* #"SEPARATED" "Separated"
* #"LIFE PARTNER" "Life partner"
* #"UNKNOWN (DEFAULT)" "Unknown"

CodeSystem: MimicEthnicity
Id: mimic-iii-ethnicity
Title: "Ethnicity (MIMIC-III)"
Description: "Race or ethnicity of a patient as one word or phrase (column ethnicity of the table admissions)."
* insert Codes(complete)
* #"WHITE" "White"
* #"WHITE - RUSSIAN" "White - Russian"
* #"WHITE - OTHER EUROPEAN" "White - Other European"
* #"WHITE - EASTERN EUROPEAN" "White - Eastern European"
* #"WHITE - BRAZILIAN" "White - Brazilian"
* #"BLACK/AFRICAN AMERICAN" "Black/African American"
* #"BLACK/AFRICAN" "Black/African"
* #"BLACK/HAITIAN" "Black/Haitian"
* #"BLACK/CAPE VERDEAN" "Black/Cape Verdean"
* #"ASIAN" "Asian"
* #"ASIAN - ASIAN INDIAN" "Asian - Asian Indian"
* #"ASIAN - CAMBODIAN" "Asian - Cambodian"
* #"ASIAN - CHINESE" "Asian - Chinese"
* #"ASIAN - FILIPINO" "Asian - Filipino"
* #"ASIAN - JAPANESE" "Asian - Japanese"
* #"ASIAN - KOREAN" "Asian - Korean"
* #"ASIAN - OTHER" "Asian - Other"
* #"ASIAN - THAI" "Asian - Thai"
* #"ASIAN - VIETNAMESE" "Asian - Vietnamese"
* #"HISPANIC OR LATINO" "Hispanic or Latino"
* #"HISPANIC/LATINO - CENTRAL AMERICAN (OTHER)" "Hispanic/Latino - Central American (other)"
* #"HISPANIC/LATINO - COLOMBIAN" "Hispanic/Latino - Colombian"
* #"HISPANIC/LATINO - CUBAN" "Hispanic/Latino - Cuban"
* #"HISPANIC/LATINO - DOMINICAN" "Hispanic/Latino - Dominican"
* #"HISPANIC/LATINO - GUATEMALAN" "Hispanic/Latino - Guatemalan"
* #"HISPANIC/LATINO - HONDURAN" "Hispanic/Latino - Honduran"
* #"HISPANIC/LATINO - MEXICAN" "Hispanic/Latino - Mexican"
* #"HISPANIC/LATINO - PUERTO RICAN" "Hispanic/Latino - Puerto Rican"
* #"HISPANIC/LATINO - SALVADORAN" "Hispanic/Latino - Salvadoran"
* #"AMERICAN INDIAN/ALASKA NATIVE" "American Indian/Alaska Native"
* #"AMERICAN INDIAN/ALASKA NATIVE FEDERALLY RECOGNIZED TRIBE" "American Indian/Alaska Native Federally Recognized Tribe"
* #"NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER" "Native Hawaiian or Other Pacific Islander"
* #"MIDDLE EASTERN" "Middle Eastern"
* #"CARIBBEAN ISLAND" "Caribbean Island"
* #"PORTUGUESE" "Portuguese"
* #"SOUTH AMERICAN" "South American"
* #"MULTI RACE ETHNICITY" "Multi Race Ethnicity"
* #"OTHER" "Other"
* #"UNKNOWN/NOT SPECIFIED" "Unknown/Not Specified"
* #"UNABLE TO OBTAIN" "Unable To Obtain"
* #"PATIENT DECLINED TO ANSWER" "Patient Declined To Answer"

CodeSystem: MimicGender
Id: mimic-iii-gender
Title: "Gender (MIMIC-III)"
Description: "The gender of a patient (column gender of the table patients)."
* insert Codes(complete)
* #"F" "Female"
* #"M" "Male"

CodeSystem: MimicIcuDbsource
Id: mimic-iii-icu-dbsource
Title: "Charting system (MIMIC-III)"
Description: "Which bedside charting system recorded an intensive care stay (column dbsource of the table icustays)."
* insert Codes(complete)
* #"carevue" "CareVue"
* #"metavision" "MetaVision"
* #"both" "Both"

CodeSystem: MimicCareunit
Id: mimic-iii-careunit
Title: "Care units (MIMIC-III)"
Description: "The intensive care units and nursery wards (columns first_careunit and last_careunit of the table icustays)."
* insert Codes(complete)
* #"CCU" "Coronary care unit"
* #"CSRU" "Cardiac surgery recovery unit"
* #"MICU" "Medical intensive care unit"
* #"NICU" "Neonatal intensive care unit"
* #"NWARD" "Neonatal ward"
* #"SICU" "Surgical intensive care unit"
* #"TSICU" "Trauma and surgical intensive care unit"

CodeSystem: MimicLabFlag
Id: mimic-iii-lab-flag
Title: "Flag of a laboratory result (MIMIC-III)"
Description: "What the laboratory marked on a result (column flag of the table labevents). No flag does not mean normal."
* insert Codes(complete)
* #"abnormal" "Abnormal"
* #"delta" "Delta check: differs much from the earlier result"

CodeSystem: MimicDLabitems
Id: mimic-iii-d-labitems
Title: "Laboratory items (MIMIC-III)"
Description: "The item numbers of laboratory tests (column itemid). The meanings are in the table d_labitems, which is loaded with the data."
* insert Codes(not-present)

CodeSystem: MimicDIcdDiagnoses
Id: mimic-iii-d-icd-diagnoses
Title: "ICD-9 diagnosis codes as written in the tables (MIMIC-III)"
Description: "Diagnosis codes without their dot (column icd9_code of the table diagnoses_icd). The meanings are in the table d_icd_diagnoses, which is loaded with the data."
* insert Codes(not-present)

CodeSystem: MimicCaregiverLabel
Id: mimic-iii-caregiver-label
Title: "Labels of caregivers (MIMIC-III)"
Description: "What a caregiver is called (column label of the table caregivers). The source has many spellings; the usual ones are listed."
* insert Codes(fragment)
* #"RN" "Registered nurse"
* #"MD" "Physician"
* #"MDs" "Physician, student or second account"
* #"Res" "Resident, fellow, physician assistant or nurse practitioner"
* #"RO" "Read-only account"
* #"NP" "Nurse practitioner"
* #"PA" "Physician assistant"
* #"RRT" "Registered respiratory therapist"
* #"RT" "Respiratory therapist"
* #"PCT" "Patient care technician"
* #"PCA" "Patient care assistant"
* #"PT" "Physical therapist"
* #"OTR/L" "Occupational therapist"
* #"Rehab" "Rehabilitation"
* #"RPH" "Pharmacist"
* #"RPh" "Pharmacist"
* #"PharmD" "Doctor of pharmacy"
* #"RD" "Dietitian"
* #"SW" "Social worker"
* #"LICSW" "Clinical social worker"
* #"CM" "Case manager"
* #"UCO" "Unit coordinator"
* #"MS" "Medical student"
* #"MedStu" "Medical student"
* #"SN" "Student nurse"
* #"Admin" "Administrator"

CodeSystem: MimicLabUnit
Id: mimic-iii-lab-unit
Title: "Units of laboratory results (MIMIC-III)"
Description: "The units as the laboratory spells them (column valueuom of the table labevents). They are no UCUM, even where they look like it."
* insert Codes(fragment)
* #"mg/dL" "mg/dL"
* #"MG/DL" "MG/DL"
* #"mEq/L" "mEq/L"
* #"MEQ/L" "MEQ/L"
* #"%" "%"
* #"K/uL" "Thousand per microlitre (not kelvin)"
* #"m/uL" "Million per microlitre (not metre)"
* #"#/uL" "Number per microlitre"
* #"IU/L" "IU/L"
* #"U/L" "U/L"
* #"U/mL" "U/mL"
* #"sec" "Second"
* #"SECONDS" "Second"
* #"g/dL" "g/dL"
* #"mm Hg" "mm Hg"
* #"MM HG" "MM HG"
* #"pg" "pg"
* #"fL" "fL"
* #"units" "Units; of pH where the item is a pH"
* #"UNITS" "Units; of pH where the item is a pH"
* #"mmol/L" "mmol/L"
* #"umol/L" "umol/L"
* #"ng/mL" "ng/mL"
* #"ng/ml" "ng/ml"
* #"ng/dL" "ng/dL"
* #"pg/mL" "pg/mL"
* #"ug/mL" "ug/mL"
* #"ug/dL" "ug/dL"
* #"mg/L" "mg/L"
* #"mL" "mL"
* #"mg/g" "mg/g"
* #"#/hpf" "Number per high-power field"
* #"#/lpf" "Number per low-power field"
* #"EU/dL" "Ehrlich units per decilitre"
* #"mOsm/kg" "mOsm/kg"
* #"MOSM/KG" "MOSM/KG"
* #"uIU/mL" "uIU/mL"
* #"uU/ML" "Micro-units per millilitre"
* #"mIU/mL" "mIU/mL"
* #"Ratio" "Ratio"
* #"L/min" "L/min"
* #"mm/hr" "mm/hr"
* #"U/g/Hb" "U/g/Hb"
* #"+/-" "Positive or negative: no unit"
* #"Pos/Neg" "Positive or negative: no unit"

CodeSystem: MimicEncounterType
Id: mimic-iii-encounter-type
Title: "Kinds of stay (MIMIC-III)"
Description: "Tells a stay in an intensive care unit from the admission it is part of."
* insert Codes(complete)
* #icu-stay "Stay in an intensive care unit"
