-- Of equal prices the first in the input stands first (rule 55), about which the public SQL text says nothing. The
-- answer of edy is a changelog, of which the last row of each auction and rank is compared.
SELECT * EXCLUDE (seq), row_number() OVER (PARTITION BY auction ORDER BY price DESC, seq) AS rank_number
FROM bid
QUALIFY rank_number <= 10
