-- Bounds are half-open, as in q4. Of bids alike in price and time, about which the public SQL text says nothing,
-- the first in the input wins (rule 55).
SELECT a.* EXCLUDE (seq), b.auction, b.bidder, b.price, b.date_time AS bid_date_time, b.extra AS bid_extra
FROM auction a JOIN bid b ON a.id = b.auction AND b.date_time >= a.date_time AND b.date_time < a.expires
QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.date_time, b.seq) = 1
