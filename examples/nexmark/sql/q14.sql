-- The same question. The function is written out.
SELECT auction, bidder, CAST(0.908 AS DECIMAL(4, 3)) * CAST(price AS DECIMAL(18, 0)) AS price,
  CASE WHEN hour(date_time) BETWEEN 8 AND 18 THEN 'dayTime'
       WHEN hour(date_time) <= 6 OR hour(date_time) >= 20 THEN 'nightTime'
       ELSE 'otherTime' END AS bid_time_type,
  date_time, extra, length(extra) - length(replace(extra, 'c', '')) AS c_counts
FROM bid
WHERE CAST(0.908 AS DECIMAL(4, 3)) * CAST(price AS DECIMAL(18, 0)) > 1000000
  AND CAST(0.908 AS DECIMAL(4, 3)) * CAST(price AS DECIMAL(18, 0)) < 50000000
