SELECT
  "t1"."day" AS "period",
  "t1"."tool",
  SUM("t1"."list") FILTER(WHERE
    "t1"."currency" = 'USD') AS "spend_list",
  COUNT(*) FILTER(WHERE
    (
      "t1"."currency" = 'USD'
    ) AND (
      NOT "t1"."list" IS NULL
    )) AS "spend_list__n",
  COUNT(*) FILTER(WHERE
    (
      "t1"."currency" = 'USD'
    ) AND (
      "t1"."list" IS NULL
    )) AS "spend_list__excluded"
FROM (
  SELECT
    "t0"."day",
    "t0"."tool",
    "t0"."currency",
    "t0"."list"
  FROM "spend" AS "t0"
  WHERE
    "t0"."day" >= MAKE_DATE(2026, 3, 1) AND "t0"."day" < MAKE_DATE(2026, 4, 1)
) AS "t1"
GROUP BY
  1,
  2
