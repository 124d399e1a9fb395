-- The side input is bounded, so it is read whole before the first bid and a lookup is a join.
SELECT b.auction, b.bidder, b.price, b.date_time, s.value
FROM bid b JOIN side_input s ON b.auction % 10000 = s.key
