-- `latest` is the row of the largest time, and of equal times the later in the input (rule 57), about which the
-- public SQL text says nothing. The answer of edy is a changelog, of which the last row of each key is compared.
SELECT * EXCLUDE (seq)
FROM bid
QUALIFY row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, seq DESC) = 1
