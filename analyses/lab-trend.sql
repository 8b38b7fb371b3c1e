-- How the laboratory values of each patient went: number, first, last, range, and the slope of the line through them, in units a day.
-- A test is told by its LOINC code where it has one, else by its first code; values in different units are different tests.
WITH lab AS (
  SELECT
    o.subject.patientId AS patient,
    COALESCE(
      (SELECT MIN(c.code) FROM {{each o.code.coding c}} WHERE c.system = 'http://loinc.org'),
      {{first o.code.coding}}.code
    ) AS test,
    COALESCE(o.code.text, {{first o.code.coding}}.display) AS name,
    o.value.quantity.unit AS unit,
    o.value.quantity.value AS value,
    {{seconds o.effective.dateTime}} / 86400.0 AS day
  FROM {{table Observation}} AS o
  WHERE o.value.quantity.value IS NOT NULL
    AND o.effective.dateTime IS NOT NULL
    AND o.subject.patientId IS NOT NULL
    AND EXISTS (
      SELECT 1 FROM {{each o.category g}} CROSS JOIN {{each g.coding c}}
      WHERE c.system = 'http://terminology.hl7.org/CodeSystem/observation-category' AND c.code = 'laboratory'
    )
),
ordered AS (
  SELECT
    lab.*,
    ROW_NUMBER() OVER (PARTITION BY patient, test, unit ORDER BY day, value) AS nth,
    ROW_NUMBER() OVER (PARTITION BY patient, test, unit ORDER BY day DESC, value DESC) AS nth_last,
    -- From the first one on: numbers of days since 1970 are too long for exact sums of squares.
    day - MIN(day) OVER (PARTITION BY patient, test, unit) AS since
  FROM lab
  WHERE day IS NOT NULL
)
SELECT
  patient,
  test,
  MIN(name) AS name,
  unit,
  COUNT(*) AS measured,
  MAX(CASE WHEN nth = 1 THEN value END) AS first_value,
  MAX(CASE WHEN nth_last = 1 THEN value END) AS last_value,
  MIN(value) AS lowest,
  MAX(value) AS highest,
  ROUND(MAX(since), 2) AS days,
  ROUND(COVAR_POP(value, since) / NULLIF(VAR_POP(since), 0), 4) AS slope_per_day
FROM ordered
GROUP BY patient, test, unit
ORDER BY patient, measured DESC, test, unit
