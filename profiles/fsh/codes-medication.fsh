CodeSystem: MimicDrugType
Id: mimic-iii-drug-type
Title: "Part of a prescription (MIMIC-III)"
Description: "What a row of the table prescriptions is (column drug_type): the drug that was ordered, or what it was mixed with."
* insert Codes(complete)
* #"MAIN" "Drug that was ordered"
* #"BASE" "Solution the drug was mixed with"
* #"ADDITIVE" "Additive in the bag"

CodeSystem: MimicFormularyDrug
Id: mimic-iii-formulary-drug
Title: "Formulary of the hospital (MIMIC-III)"
Description: "Drug codes of the hospital (column formulary_drug_cd of the table prescriptions). The codes come with the rows."
* insert Codes(not-present)

CodeSystem: MimicGsn
Id: mimic-iii-gsn
Title: "Generic sequence number (MIMIC-III)"
Description: "Generic sequence numbers of drugs (column gsn of the table prescriptions). The codes come with the rows."
* insert Codes(not-present)

CodeSystem: MimicDrugUnit
Id: mimic-iii-drug-unit
Title: "Units of drugs and fluids (MIMIC-III)"
Description: "Units of the tables prescriptions, inputevents_cv and inputevents_mv."
* insert Codes(fragment)
* #"mg" "mg"
* #"mcg" "Microgram"
* #"g" "g"
* #"gm" "gm"
* #"mL" "mL"
* #"ml" "ml"
* #"L" "L"
* #"mEq" "mEq"
* #"mmol" "mmol"
* #"mcg/hr" "mcg/hr"
* #"mcg/h" "mcg/h"
* #"in" "Inch of ointment"
* #"UNIT" "Unit, of what depends on the drug"
* #"million units" "million units"
* #"mg PE" "Milligram of phenytoin equivalents"
* #"DROP" "Drop"
* #"gtt" "Drop"
* #"DRP" "Drop"
* #"PUFF" "Puff"
* #"SPRY" "Spray"
* #"INH" "Inhalation"
* #"NEB" "Nebuliser"
* #"Appl" "Application"
* #"dose" "Dose"
* #"AERO" "Aerosol"
* #"AMP" "Ampoule"
* #"BAG" "Bag"
* #"BTL" "Bottle"
* #"CAN" "Can"
* #"CAP" "Capsule"
* #"DBTL" "Dropper bottle"
* #"DEV" "Device"
* #"Enema" "Enema"
* #"KIT" "Kit"
* #"LOZ" "Lozenge"
* #"PKT" "Packet"
* #"PTCH" "Patch"
* #"SUPP" "Suppository"
* #"SYR" "Syringe"
* #"TAB" "Tablet"
* #"TROC" "Troche"
* #"TUBE" "Tube"
* #"UDCUP" "Unit dose cup"
* #"VIAL" "Vial"
* #"cc" "Cubic centimetre"
* #"grams" "grams"
* #"mEq." "mEq."
* #"U" "Unit, of what depends on the drug"
* #"units" "Unit, of what depends on the drug"
* #"vl" "Volume"
* #"str" "Strength"
* #"mcgkgmin" "Microgram per kilogram and minute"
* #"mcg/kg/min" "mcg/kg/min"
* #"mcghr" "Microgram per hour"
* #"mcg/hour" "mcg/hour"
* #"mcgmin" "Microgram per minute"
* #"mghr" "Milligram per hour"
* #"mg/hour" "mg/hour"
* #"mgmin" "Milligram per minute"
* #"mg/min" "mg/min"
* #"mgkghr" "Milligram per kilogram and hour"
* #"mg/kg/hour" "mg/kg/hour"
* #"mL/hour" "mL/hour"
* #"ml/hr" "ml/hr"
* #"mL/kg/hour" "mL/kg/hour"
* #"grams/hour" "grams/hour"
* #"grams/min" "grams/min"
* #"mEq./hour" "mEq./hour"
* #"Uhr" "Unit per hour"
* #"units/hour" "units/hour"
* #"Umin" "Unit per minute"

CodeSystem: MimicProcedureUnit
Id: mimic-iii-procedure-unit
Title: "Units of procedures (MIMIC-III)"
Description: "Units of the table procedureevents_mv (column valueuom)."
* insert Codes(fragment)
* #"min" "Minute"
* #"hour" "Hour"
* #"day" "Day"
* #"None" "No unit: the value 1 counts the event itself"

CodeSystem: MimicRoute
Id: mimic-iii-route
Title: "Routes of drugs and fluids (MIMIC-III)"
Description: "Routes of the tables prescriptions (route) and inputevents_cv (originalroute)."
* insert Codes(fragment)
* #"IV" "Intravenous"
* #"IV DRIP" "Intravenous infusion"
* #"IV BOLUS" "Intravenous bolus"
* #"IVPCA" "Intravenous, pump that the patient controls"
* #"PB" "Intravenous piggyback"
* #"PO" "By mouth"
* #"ORAL" "By mouth"
* #"PO/NG" "By mouth or nasogastric tube"
* #"NG" "Nasogastric tube"
* #"OG" "Orogastric tube"
* #"J TUBE" "Jejunal tube"
* #"SC" "Subcutaneous"
* #"SUBCUT" "Subcutaneous"
* #"IM" "Intramuscular"
* #"ID" "Intradermal"
* #"IT" "Intrathecal"
* #"ED" "Epidural"
* #"IH" "Inhalation"
* #"NEB" "Nebuliser"
* #"NU" "Nasal"
* #"PR" "Rectal"
* #"VG" "Vaginal"
* #"SL" "Sublingual"
* #"TP" "Topical"
* #"TD" "Transdermal"
* #"BOTH EYES" "Both eyes"
* #"OU" "Both eyes"
* #"RIGHT EYE" "Right eye"
* #"OD" "Right eye"
* #"LEFT EYE" "Left eye"
* #"OS" "Left eye"
* #"IRR" "Irrigation"
* #"IR" "IR"
* #"IJ" "IJ"
* #"DIALYS" "Into the dialysis circuit"
* #"REPLACE" "Replacement fluid"
* #"DWELL" "Left in a catheter"
* #"Intravenous Push" "Intravenous Push"
* #"IV Drip" "IV Drip"
* #"Intravenous Infusion" "Intravenous Infusion"
* #"Oral" "Oral"
* #"Nasogastric" "Nasogastric"
* #"Gastric/Feeding Tube" "Gastric/Feeding Tube"
* #"GU" "Irrigation of the bladder"

CodeSystem: MimicOrderStatus
Id: mimic-iii-order-status
Title: "Status of an infusion or procedure (MIMIC-III)"
Description: "Column statusdescription of the tables inputevents_mv and procedureevents_mv, and stopped of inputevents_cv."
* insert Codes(complete)
* #"FinishedRunning" "Ran to its end"
* #"Changed" "Rate was changed; the next row goes on"
* #"Flushed" "Ended by flushing the line"
* #"Stopped" "Stopped before its end"
* #"Paused" "Paused"
* #"Rewritten" "Order was written anew: nothing of this row was given"
* #"D/C'd" "Discontinued"
* #"Restart" "Started again"
* #"NotStopd" "Not stopped"

CodeSystem: MimicOrderCategory
Id: mimic-iii-order-category
Title: "Category of an order (MIMIC-III)"
Description: "Columns ordercategoryname and secondaryordercategoryname of the tables inputevents_mv and procedureevents_mv."
* insert Codes(fragment)
* #"01-Drips" "Drips"
* #"02-Fluids (Crystalloids)" "Fluids (Crystalloids)"
* #"03-IV Fluid Bolus" "IV Fluid Bolus"
* #"04-Fluids (Colloids)" "Fluids (Colloids)"
* #"05-Med Bolus" "Med Bolus"
* #"06-Insulin (Non IV)" "Insulin (Non IV)"
* #"07-Blood Products" "Blood Products"
* #"08-Antibiotics (IV)" "Antibiotics (IV)"
* #"09-Antibiotics (Non IV)" "Antibiotics (Non IV)"
* #"10-Prophylaxis (IV)" "Prophylaxis (IV)"
* #"11-Prophylaxis (Non IV)" "Prophylaxis (Non IV)"
* #"12-Parenteral Nutrition" "Parenteral Nutrition"
* #"13-Enteral Nutrition" "Enteral Nutrition"
* #"14-Oral/Gastric Intake" "Oral/Gastric Intake"
* #"16-Pre Admission" "Pre Admission"
* #"CRRT Filter Change" "CRRT Filter Change"
* #"Communication" "Communication"
* #"Continuous Procedures" "Continuous Procedures"
* #"Dialysis" "Dialysis"
* #"Imaging" "Imaging"
* #"Intubation/Extubation" "Intubation/Extubation"
* #"Invasive Lines" "Invasive Lines"
* #"Peripheral Lines" "Peripheral Lines"
* #"Procedures" "Procedures"
* #"Significant Events" "Significant Events"
* #"Ventilation" "Ventilation"
* #"Additive (Crystalloid)" "Additive (Crystalloid)"
* #"Additives (EN)" "Additives (EN)"
* #"Additives (PN)" "Additives (PN)"

CodeSystem: MimicOrderComponent
Id: mimic-iii-order-component
Title: "Part of an order (MIMIC-III)"
Description: "What a row of an order is (column ordercomponenttypedescription of the table inputevents_mv)."
* insert Codes(complete)
* #"Main order parameter" "Drug or fluid that was ordered"
* #"Mixed solution" "Solution the drug of the order was mixed with"
* #"Additives Ampoule" "Additive of the order"

CodeSystem: MimicOrderMethod
Id: mimic-iii-order-method
Title: "How an order was given (MIMIC-III)"
Description: "Column ordercategorydescription of the table inputevents_mv."
* insert Codes(complete)
* #"Continuous Med" "Drug as an infusion"
* #"Continuous IV" "Fluid as an infusion"
* #"Drug Push" "Drug at once"
* #"Bolus" "Fluid at once"
* #"Non Iv Meds" "Drug by another way than a vein"

CodeSystem: MimicInputKind
Id: mimic-iii-input-kind
Title: "Kinds of intake"
Description: "Tells drugs from fluids, feeds and blood products among what was given in intensive care. Not a code of the source: worked out from its items."
* insert Codes(complete)
* #"drug" "Drug"
* #"fluid" "Fluid"
* #"nutrition" "Nutrition"
* #"blood-product" "Blood product or colloid"
* #"residual" "Gastric residual"

ValueSet: MimicDrugTypes
Id: mimic-iii-drug-type
Title: "Parts of a prescription (MIMIC-III)"
Description: "What a row of the table prescriptions is: the drug that was ordered, or what it was mixed with."
* ^experimental = false
* include codes from system MimicDrugType

ValueSet: MimicOrderComponents
Id: mimic-iii-order-component
Title: "Parts of an order (MIMIC-III)"
Description: "What a row of an order of the table inputevents_mv is."
* ^experimental = false
* include codes from system MimicOrderComponent

ValueSet: MimicOrderMethods
Id: mimic-iii-order-method
Title: "How an order was given (MIMIC-III)"
Description: "Ways in which drugs and fluids of the table inputevents_mv were given."
* ^experimental = false
* include codes from system MimicOrderMethod
