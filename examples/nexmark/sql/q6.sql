-- Three differences, all said beside the edy text. The last ten auctions count the current one, where the public
-- SQL text (ROWS 10 PRECEDING) averages eleven. They stand in the order in which they close, and those that close
-- together in the order of their windows and ids (rule 43), where the public text orders by the winning bid's
-- time. Bounds are half-open, as in q4. Of bids alike in price and time the first in the input wins.
WITH winner AS (
  SELECT a.id, a.seller, a.date_time, a.expires, b.price
  FROM auction a JOIN bid b ON a.id = b.auction AND b.date_time >= a.date_time AND b.date_time < a.expires
  QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.date_time, b.seq) = 1
)
SELECT seller, avg(price) OVER (PARTITION BY seller ORDER BY expires, date_time, id ROWS 9 PRECEDING) AS avg_price
FROM winner
