-- Questions of patients by physician: how many wait, how long those waited that were answered, and how long the oldest one has waited.
-- A question counts for who answered it, or has to (owner of its Task); times are from the question's `sent` to the answer's.
WITH message AS (
  SELECT c.id, c.sent, c.inResponseTo, c.sender, k.code AS kind
  FROM {{table Communication}} AS c
  CROSS JOIN {{each c.category g}}
  CROSS JOIN {{each g.coding k}}
  WHERE k.system = 'https://fhir.wardbridge.dev/CodeSystem/communication-category'
),
answer AS (
  SELECT r.communicationId AS question, MIN(message.sent) AS sent, MIN(message.sender.practitionerId) AS physician
  FROM message
  CROSS JOIN {{each message.inResponseTo r}}
  WHERE message.kind = 'answer'
  GROUP BY 1
),
task AS (
  SELECT t.focus.communicationId AS question, MIN(t.owner.practitionerId) AS physician
  FROM {{table Task}} AS t
  WHERE EXISTS (
    SELECT 1 FROM {{each t.code.coding k}}
    WHERE k.system = 'https://fhir.wardbridge.dev/CodeSystem/task-code' AND k.code = 'answer-question'
  )
  GROUP BY 1
),
question AS (
  SELECT
    message.id,
    COALESCE(answer.physician, task.physician) AS physician,
    answer.question IS NOT NULL AS is_answered,
    ({{seconds answer.sent}} - {{seconds message.sent}}) / 3600.0 AS waited,
    ({{now}} - {{seconds message.sent}}) / 3600.0 AS waiting
  FROM message
  LEFT JOIN answer ON answer.question = message.id
  LEFT JOIN task ON task.question = message.id
  WHERE message.kind = 'question'
)
SELECT
  physician,
  COUNT(*) AS questions,
  SUM(CASE WHEN is_answered THEN 1 ELSE 0 END) AS answered,
  SUM(CASE WHEN is_answered THEN 0 ELSE 1 END) AS unanswered,
  ROUND({{median waited}}, 2) AS median_hours,
  ROUND(MAX(waited), 2) AS longest_hours,
  -- Where dates are moved to protect patients, a question may be asked in time to come: it has not waited yet.
  ROUND(MAX(CASE WHEN is_answered THEN NULL WHEN waiting < 0 THEN 0 ELSE waiting END), 2) AS oldest_waiting_hours
FROM question
GROUP BY physician
ORDER BY unanswered DESC, questions DESC, physician
