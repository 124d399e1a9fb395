-- Bounds are half-open, `within date_time .. expires` as every window of edy is; the public SQL text has BETWEEN,
-- which takes a bid at the very end too. The answer of edy is a changelog, of which the last row of each category
-- is compared.
WITH winner AS (
  SELECT a.id, a.category, max(b.price) AS final
  FROM auction a JOIN bid b ON a.id = b.auction AND b.date_time >= a.date_time AND b.date_time < a.expires
  GROUP BY a.id, a.category
)
SELECT category, avg(final) AS avg_final
FROM winner
GROUP BY category
