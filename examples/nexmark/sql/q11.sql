-- DuckDB has no session windows: a bid opens one when its bidder has been silent for ten seconds or more (exactly
-- the gap apart means two sessions, rule 22), and a session is named by how many were opened so far. It ends ten
-- seconds after its last bid.
WITH opened AS (
  SELECT bidder, date_time, seq,
    coalesce(date_time - lag(date_time) OVER (PARTITION BY bidder ORDER BY date_time, seq) >= INTERVAL 10 SECOND, true) AS opens
  FROM bid
),
numbered AS (
  SELECT bidder, date_time,
    sum(CAST(opens AS INTEGER)) OVER (PARTITION BY bidder ORDER BY date_time, seq ROWS UNBOUNDED PRECEDING) AS session
  FROM opened
)
SELECT bidder, count(*) AS bid_count, min(date_time) AS starttime, max(date_time) + INTERVAL 10 SECOND AS endtime
FROM numbered
GROUP BY bidder, session
