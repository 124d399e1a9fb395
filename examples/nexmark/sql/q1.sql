-- The same question. SQL is told the decimal's digits, edy has them from the constant's type.
SELECT auction, bidder, CAST(0.908 AS DECIMAL(4, 3)) * CAST(price AS DECIMAL(18, 0)) AS price, date_time, extra
FROM bid
