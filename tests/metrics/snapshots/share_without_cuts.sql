SELECT
  SUM("t1"."list") FILTER(WHERE
    (
      "t1"."team" IS NULL
    )
    AND (
      NOT "t1"."list" IS NULL
    )
    AND (
      "t1"."currency" = 'USD'
    )) AS "unattributed_share",
  COUNT(*) FILTER(WHERE
    (
      "t1"."team" IS NULL
    )
    AND (
      NOT "t1"."list" IS NULL
    )
    AND (
      "t1"."currency" = 'USD'
    )
    AND (
      NOT "t1"."list" IS NULL
    )) AS "unattributed_share__n",
  COUNT(*) FILTER(WHERE
    (
      "t1"."team" IS NULL
    )
    AND (
      NOT "t1"."list" IS NULL
    )
    AND (
      "t1"."currency" = 'USD'
    )
    AND (
      "t1"."list" IS NULL
    )) AS "unattributed_share__excluded",
  SUM("t1"."list") FILTER(WHERE
    "t1"."currency" = 'USD') AS "unattributed_share__per",
  COUNT(*) FILTER(WHERE
    (
      "t1"."currency" = 'USD'
    ) AND (
      NOT "t1"."list" IS NULL
    )) AS "unattributed_share__per__n",
  COUNT(*) FILTER(WHERE
    (
      "t1"."currency" = 'USD'
    ) AND (
      "t1"."list" IS NULL
    )) AS "unattributed_share__per__excluded",
  ARRAY_TO_STRING(
    ARRAY_AGG(DISTINCT "t1"."currency") FILTER(WHERE
      NOT "t1"."currency" IS NULL AND "t1"."currency" <> 'USD'),
    ','
  ) AS "other_currencies"
FROM (
  SELECT
    "t0"."day",
    "t0"."currency",
    "t0"."list",
    "t0"."team"
  FROM "spend" AS "t0"
  WHERE
    "t0"."day" >= MAKE_DATE(2026, 3, 1) AND "t0"."day" < MAKE_DATE(2026, 4, 1)
) AS "t1"
