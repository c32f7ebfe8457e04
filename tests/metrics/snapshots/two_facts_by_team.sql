SELECT
  "t6"."team",
  MAX("t6"."cost_per_merged_pr_all_in") AS "cost_per_merged_pr_all_in",
  MAX("t6"."cost_per_merged_pr_all_in__n") AS "cost_per_merged_pr_all_in__n",
  MAX("t6"."cost_per_merged_pr_all_in__excluded") AS "cost_per_merged_pr_all_in__excluded",
  MAX("t6"."cost_per_merged_pr_all_in__per") AS "cost_per_merged_pr_all_in__per",
  MAX("t6"."cost_per_merged_pr_all_in__per__n") AS "cost_per_merged_pr_all_in__per__n",
  MAX("t6"."cost_per_merged_pr_all_in__per__excluded") AS "cost_per_merged_pr_all_in__per__excluded"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t2"."team",
      SUM("t2"."list") FILTER(WHERE
        "t2"."currency" = 'USD') AS "cost_per_merged_pr_all_in",
      COUNT(*) FILTER(WHERE
        (
          "t2"."currency" = 'USD'
        ) AND (
          NOT "t2"."list" IS NULL
        )) AS "cost_per_merged_pr_all_in__n",
      COUNT(*) FILTER(WHERE
        (
          "t2"."currency" = 'USD'
        ) AND (
          "t2"."list" IS NULL
        )) AS "cost_per_merged_pr_all_in__excluded",
      CAST(NULL AS BIGINT) AS "cost_per_merged_pr_all_in__per",
      CAST(NULL AS BIGINT) AS "cost_per_merged_pr_all_in__per__n",
      CAST(NULL AS BIGINT) AS "cost_per_merged_pr_all_in__per__excluded"
    FROM (
      SELECT
        "t0"."day",
        "t0"."team",
        "t0"."currency",
        "t0"."list"
      FROM "spend" AS "t0"
      WHERE
        "t0"."day" >= MAKE_DATE(2026, 3, 1) AND "t0"."day" < MAKE_DATE(2026, 4, 1)
    ) AS "t2"
    GROUP BY
      1
  ) AS "t5"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t3"."team",
      CAST(NULL AS DECIMAL(38, 9)) AS "cost_per_merged_pr_all_in",
      CAST(NULL AS BIGINT) AS "cost_per_merged_pr_all_in__n",
      CAST(NULL AS BIGINT) AS "cost_per_merged_pr_all_in__excluded",
      COUNT(*) AS "cost_per_merged_pr_all_in__per",
      COUNT(*) AS "cost_per_merged_pr_all_in__per__n",
      0 AS "cost_per_merged_pr_all_in__per__excluded"
    FROM (
      SELECT
        "t1"."merged_day",
        "t1"."team",
        "t1"."state"
      FROM "work" AS "t1"
      WHERE
        "t1"."merged_day" >= MAKE_DATE(2026, 3, 1)
        AND "t1"."merged_day" < MAKE_DATE(2026, 4, 1)
        AND "t1"."state" = 'merged'
    ) AS "t3"
    GROUP BY
      1
  ) AS "t4"
) AS "t6"
GROUP BY
  1
