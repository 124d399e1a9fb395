-- The same question. Elements are counted from 0 in edy and from 1 in DuckDB, which gives null for one that is not
-- there where edy says `try`.
SELECT auction, bidder, price, channel, split(url, '/')[4] AS dir1, split(url, '/')[5] AS dir2, split(url, '/')[6] AS dir3
FROM bid
