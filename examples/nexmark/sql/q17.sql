-- The same question. The answer of edy is a changelog, of which the last row of each auction and day is compared.
-- Averages are equal to the last bit: both divide an exact sum of whole numbers.
SELECT auction, CAST(date_time AS DATE) AS day,
  count(*) AS total_bids,
  count(*) FILTER (price < 10000) AS rank1_bids,
  count(*) FILTER (price >= 10000 AND price < 1000000) AS rank2_bids,
  count(*) FILTER (price >= 1000000) AS rank3_bids,
  min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price) AS sum_price
FROM bid
GROUP BY auction, day
