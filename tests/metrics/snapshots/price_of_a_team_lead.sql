SELECT
  SUM("t1"."list_usd") AS "price_per_million",
  COALESCE(SUM("t1"."rows") FILTER(WHERE
    NOT "t1"."list_usd" IS NULL), 0) AS "price_per_million__n",
  COALESCE(SUM("t1"."rows") FILTER(WHERE
    "t1"."list_usd" IS NULL), 0) AS "price_per_million__excluded",
  SUM(
    (
      "t1"."input_tokens" + "t1"."cache_read_tokens" + "t1"."cache_write_5m_tokens" + "t1"."cache_write_1h_tokens" + "t1"."output_tokens"
    ) - "t1"."unpriced_tokens"
  ) AS "price_per_million__per",
  COALESCE(SUM("t1"."rows"), 0) AS "price_per_million__per__n",
  0 AS "price_per_million__per__excluded"
FROM (
  SELECT
    "t0"."hour",
    "t0"."rows",
    "t0"."list_usd",
    "t0"."input_tokens",
    "t0"."cache_read_tokens",
    "t0"."cache_write_5m_tokens",
    "t0"."cache_write_1h_tokens",
    "t0"."output_tokens",
    "t0"."unpriced_tokens",
    "t0"."told_elsewhere"
  FROM "usage_hourly" AS "t0"
  WHERE
    "t0"."team" IN ('red')
    AND "t0"."hour" >= MAKE_TIMESTAMPTZ(2026, 2, 28, 23, 0, 0.0, 'UTC')
    AND "t0"."hour" < MAKE_TIMESTAMPTZ(2026, 3, 31, 22, 0, 0.0, 'UTC')
    AND "t0"."told_elsewhere" IS NULL
) AS "t1"
