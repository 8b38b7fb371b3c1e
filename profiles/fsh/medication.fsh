Profile: WardbridgeMedicationRequest
Parent: MedicationRequest
Id: wardbridge-medication-request
Title: "Prescription"
Description: "A drug as prescribed, or the solution or additive it was mixed with: the category tells. The status is unknown, because the source has none and nothing in it says that the drug was given. There is no authoredOn: the day an order begins is not the time it was written."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* status = #unknown
* intent = #order
* category MS
* category from MimicDrugTypes (extensible)
* medication[x] only CodeableConcept
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS
* authoredOn 0..0
* dosageInstruction MS
* extension contains
    IcuStay named icuStay 0..1 and
    DrugNameOrdered named drugNameOrdered 0..1 and
    DrugNameGeneric named drugNameGeneric 0..1 and
    ProductStrength named productStrength 0..1 and
    DispensedForm named dispensedForm 0..1

Profile: WardbridgeMedicationAdministration
Parent: MedicationAdministration
Id: wardbridge-medication-administration
Title: "Drug or fluid given in intensive care"
Description: "An entry or an order of what a patient was given: drugs, fluids, feeds, blood. The category tells them apart. Nothing of an entry with status entered-in-error was given: leave it out of every sum. The parts of one mixture share the identifier of the order."
* identifier 1..* MS
* identifier.system 1..1
* identifier.value 1..1
* medication[x] only CodeableConcept
* category MS
* subject 1..1 MS
* subject only Reference(Patient)
* context MS
* effective[x] 1..1 MS
* dosage MS
* dosage.method from MimicOrderMethods (extensible)
* extension contains
    HospitalStay named hospitalStay 0..1 and
    RecordedAt named recordedAt 0..1 and
    SourceStatus named sourceStatus 0..1 and
    OrderComponent named orderComponent 0..1 and
    SecondaryOrderCategory named secondaryOrderCategory 0..1 and
    PatientWeight named patientWeight 0..1 and
    TotalAmount named totalAmount 0..1 and
    OriginalAmount named originalAmount 0..1 and
    OriginalRate named originalRate 0..1 and
    NewBottle named newBottle 0..1 and
    OpenBag named openBag 0..1 and
    ContinuedInNextUnit named continuedInNextUnit 0..1

Extension: IcuStay
Id: icu-stay
Title: "Intensive care stay"
Description: "The stay in intensive care during which it was ordered, beside the admission."
* insert On(MedicationRequest)
* value[x] 1..1
* value[x] only Reference(Encounter)

Extension: RecordedAt
Id: recorded-at
Title: "Time of the entry"
Description: "When somebody entered or confirmed it."
* insert On(MedicationAdministration)
* insert On(Procedure)
* value[x] 1..1
* value[x] only dateTime

Extension: SourceStatus
Id: source-status
Title: "Status in the words of the source"
Description: "The word that the status was made from; several words of the source give one status."
* insert On(MedicationAdministration)
* insert On(Procedure)
* insert On(Observation)
* value[x] 1..1
* value[x] only code

Extension: DrugNameOrdered
Id: drug-name-ordered
Title: "Name of the drug in the order entry"
Description: "The name under which the drug was ordered."
* insert On(MedicationRequest)
* value[x] 1..1
* value[x] only string

Extension: DrugNameGeneric
Id: drug-name-generic
Title: "Generic name of the drug"
Description: "The generic name of the drug."
* insert On(MedicationRequest)
* value[x] 1..1
* value[x] only string

Extension: ProductStrength
Id: product-strength
Title: "Strength of the product"
Description: "The product and its strength as the pharmacy writes it: 40mg/4mL Vial."
* insert On(MedicationRequest)
* value[x] 1..1
* value[x] only string

Extension: DispensedForm
Id: dispensed-form
Title: "Amount of the product that makes the dose"
Description: "How many tablets, vials, bags or millilitres of the product make the dose."
* insert On(MedicationRequest)
* value[x] 1..1
* value[x] only Quantity or Range or string

Extension: OrderComponent
Id: order-component
Title: "Part of the order"
Description: "Whether it is the drug that was ordered, the solution it was mixed with, or an additive. The parts of an order share its identifier."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only CodeableConcept
* value[x] from MimicOrderComponents (extensible)

Extension: SecondaryOrderCategory
Id: secondary-order-category
Title: "Second category of the order"
Description: "The category of the solution or the additives of the order."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only code

Extension: PatientWeight
Id: patient-weight
Title: "Weight the rate was worked out with"
Description: "The body weight that doses per kilogram were worked out with. It is entered once for the stay and is no measurement."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only Quantity

Extension: TotalAmount
Id: total-amount
Title: "Amount in the bag"
Description: "The volume of the bag or bottle."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only Quantity

Extension: OriginalAmount
Id: original-amount
Title: "Amount at the start"
Description: "What was in the bag or bottle when this part began."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only Quantity

Extension: OriginalRate
Id: original-rate
Title: "Planned rate"
Description: "The rate that was entered; the true rate may differ."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only Quantity

Extension: NewBottle
Id: new-bottle
Title: "New bottle"
Description: "A new bottle or bag was hung."
* insert On(MedicationAdministration)
* value[x] 1..1
* value[x] only boolean

Extension: OpenBag
Id: open-bag
Title: "Open bag"
Description: "Whether the order was open: a bag still hanging, a line still in place."
* insert On(MedicationAdministration)
* insert On(Procedure)
* insert On(Observation)
* value[x] 1..1
* value[x] only boolean

Extension: ContinuedInNextUnit
Id: continued-in-next-unit
Title: "Continued in the next unit"
Description: "Whether it went on when the patient was transferred."
* insert On(MedicationAdministration)
* insert On(Procedure)
* insert On(Observation)
* value[x] 1..1
* value[x] only boolean
