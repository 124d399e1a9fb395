-- A semi join of two windowed streams is EXISTS in the same ten seconds; `dedup by id, name` in a window is
-- DISTINCT.
SELECT DISTINCT p.id, p.name, make_timestamp(epoch_us(p.date_time) // 10000000 * 10000000) AS starttime
FROM person p
WHERE EXISTS (
  FROM auction a
  WHERE a.seller = p.id AND epoch_us(a.date_time) // 10000000 = epoch_us(p.date_time) // 10000000
)
