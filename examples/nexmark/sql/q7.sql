-- Windows are half-open: a bid on the boundary is in the later one. The public SQL text joins with BETWEEN and
-- finds it in both. `with ties` is rank() = 1.
SELECT auction, price, bidder, date_time, extra
FROM bid
QUALIFY rank() OVER (PARTITION BY epoch_ms(date_time) // 10000 ORDER BY price DESC) = 1
