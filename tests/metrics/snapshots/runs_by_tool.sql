SELECT
  "t3"."tool",
  LIST_EXTRACT(
    LIST_SORT(ARRAY_AGG("t3"."list_usd") FILTER(WHERE
      NOT "t3"."list_usd" IS NULL)),
    (
      CAST(FLOOR((
        (
          COUNT("t3"."list_usd") * 90
        ) + 99
      ) / (
        100
      )) AS BIGINT) - 1
    ) + CAST((
      CAST(FLOOR((
        (
          COUNT("t3"."list_usd") * 90
        ) + 99
      ) / (
        100
      )) AS BIGINT) - 1
    ) >= 0 AS BIGINT)
  ) AS "run_cost_p90",
  COUNT(*) FILTER(WHERE
    NOT "t3"."list_usd" IS NULL) AS "run_cost_p90__n",
  COUNT(*) FILTER(WHERE
    "t3"."list_usd" IS NULL) AS "run_cost_p90__excluded"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t1"."tool" AS "_tool",
      "t1"."session_id" AS "_session_id",
      "t1"."run_id" AS "_run_id",
      "t1"."tool",
      CASE
        WHEN SUM("t1"."unpriced_tokens") > 0
        THEN CAST(NULL AS DECIMAL(38, 9))
        ELSE SUM("t1"."list_usd")
      END AS "list_usd",
      MIN("t1"."hour") AS "_anchor"
    FROM (
      SELECT
        "t0"."hour",
        "t0"."tool",
        "t0"."list_usd",
        "t0"."run_id",
        "t0"."session_id",
        "t0"."unpriced_tokens"
      FROM "usage_hourly" AS "t0"
      WHERE
        "t0"."hour" >= MAKE_TIMESTAMPTZ(2026, 2, 21, 23, 0, 0.0, 'UTC')
        AND "t0"."hour" < MAKE_TIMESTAMPTZ(2026, 4, 7, 22, 0, 0.0, 'UTC')
        AND NOT "t0"."run_id" IS NULL
    ) AS "t1"
    GROUP BY
      1,
      2,
      3,
      4
  ) AS "t2"
  WHERE
    "t2"."_anchor" >= MAKE_TIMESTAMPTZ(2026, 2, 28, 23, 0, 0.0, 'UTC')
    AND "t2"."_anchor" < MAKE_TIMESTAMPTZ(2026, 3, 31, 22, 0, 0.0, 'UTC')
) AS "t3"
GROUP BY
  1
