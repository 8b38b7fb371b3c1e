Alias: $act-code = http://terminology.hl7.org/CodeSystem/v3-ActCode
Alias: $observation-category = http://terminology.hl7.org/CodeSystem/observation-category
Alias: $condition-category = http://terminology.hl7.org/CodeSystem/condition-category
Alias: $communication-category = https://fhir.wardbridge.dev/CodeSystem/communication-category
Alias: $task-code = https://fhir.wardbridge.dev/CodeSystem/task-code
