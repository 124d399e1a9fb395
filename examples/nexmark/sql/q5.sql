-- DuckDB has no hopping windows: each bid is put into the five windows that it is in, each named by its start.
-- Windows without bids have no row in either. `top 1 with ties` is rank() = 1.
WITH placed AS (
  SELECT auction, epoch_ms(date_time) // 2000 * 2000 - back AS start
  FROM bid, (SELECT unnest([0, 2000, 4000, 6000, 8000]) AS back)
),
counted AS (
  SELECT start, auction, count(*) AS num FROM placed GROUP BY start, auction
)
SELECT auction, num
FROM counted
QUALIFY rank() OVER (PARTITION BY start ORDER BY num DESC) = 1
