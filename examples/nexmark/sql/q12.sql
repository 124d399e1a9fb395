-- edy: event time
-- The query counts by the clock, so another run has another answer and there is nothing to compare. What is
-- compared is its twin in event time: the text without `on processing time`. The example's test runs the query
-- itself on the virtual clock.
SELECT bidder, count(*) AS bid_count,
  make_timestamp(epoch_us(date_time) // 10000000 * 10000000) AS starttime,
  make_timestamp(epoch_us(date_time) // 10000000 * 10000000 + 10000000) AS endtime
FROM bid
GROUP BY ALL
