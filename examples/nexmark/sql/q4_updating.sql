-- As q4: at the end of the input a result that was refined on every bid is the one that waited for the auctions to
-- close.
WITH winner AS (
  SELECT a.id, a.category, max(b.price) AS final
  FROM auction a JOIN bid b ON a.id = b.auction AND b.date_time >= a.date_time AND b.date_time < a.expires
  GROUP BY a.id, a.category
)
SELECT category, avg(final) AS avg_final
FROM winner
GROUP BY category
