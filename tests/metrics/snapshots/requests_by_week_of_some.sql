SELECT
  DATE_TRUNC(
    'WEEK',
    CASE
      WHEN "t1"."hour" >= MAKE_TIMESTAMPTZ(2026, 3, 29, 1, 0, 0.0, 'UTC')
      THEN CAST("t1"."hour" + INTERVAL '7200' SECOND AS DATE)
      ELSE CAST("t1"."hour" + INTERVAL '3600' SECOND AS DATE)
    END
  ) AS "period",
  SUM("t1"."requests") AS "requests",
  COALESCE(SUM("t1"."rows"), 0) AS "requests__n",
  0 AS "requests__excluded"
FROM (
  SELECT
    "t0"."hour",
    "t0"."team",
    "t0"."model",
    "t0"."rows",
    "t0"."requests",
    "t0"."told_elsewhere"
  FROM "usage_hourly" AS "t0"
  WHERE
    "t0"."hour" >= MAKE_TIMESTAMPTZ(2026, 2, 28, 23, 0, 0.0, 'UTC')
    AND "t0"."hour" < MAKE_TIMESTAMPTZ(2026, 3, 31, 22, 0, 0.0, 'UTC')
    AND (
      (
        "t0"."team" = 'red'
      ) OR (
        "t0"."team" IS NULL
      )
    )
    AND "t0"."model" = 'opus'
    AND "t0"."told_elsewhere" IS NULL
) AS "t1"
GROUP BY
  1
