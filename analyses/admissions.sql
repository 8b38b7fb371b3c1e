-- Admissions and length of stay by type of admission and insurance.
-- An admission is an Encounter with an account; the account names what covers it (Encounter.account -> Account.coverage -> Coverage.type).
-- Days are those between period.start and period.end; stays that have not ended count as admissions, and in no length.
WITH stay AS (
  SELECT
    e.id,
    COALESCE(e.priority.text, {{first e.priority.coding}}.code, 'unknown') AS admission_type,
    a.accountId AS account,
    ({{seconds e.period.end}} - {{seconds e.period.start}}) / 86400.0 AS days
  FROM {{table Encounter}} AS e
  CROSS JOIN {{each e.account a}}
  WHERE a.accountId IS NOT NULL
),
insurance AS (
  SELECT
    ac.id AS account,
    COALESCE(co.type.text, {{first co.type.coding}}.code) AS insurance
  FROM {{table Account}} AS ac
  CROSS JOIN {{each ac.coverage c}}
  JOIN {{table Coverage}} AS co ON co.id = c.coverage.coverageId
  -- Of several, the one that pays first.
  WHERE COALESCE(c.priority, 1) = 1
)
SELECT
  stay.admission_type,
  COALESCE(insurance.insurance, 'none') AS insurance,
  COUNT(DISTINCT stay.id) AS admissions,
  ROUND(AVG(stay.days), 2) AS mean_days,
  ROUND({{median stay.days}}, 2) AS median_days,
  ROUND(MAX(stay.days), 2) AS longest_days
FROM stay
LEFT JOIN insurance ON insurance.account = stay.account
GROUP BY 1, 2
ORDER BY admissions DESC, 1, 2
