#!/bin/sh
# The earthquake example: where the strong ones were, and the biggest of each day.
set -e
cd "$(dirname "$0")"
edyc=../../bin/edyc
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
$edyc test earthquakes.edy
$edyc run earthquakes.edy \
  --output major="$out/major.csv" \
  --output hourly="$out/hourly.csv" \
  --output biggest="$out/biggest.csv"
echo
echo "earthquakes of magnitude 6 and more:"
$edyc query 'from major |> select at, mag, place' "$out/major.csv" 2>/dev/null
echo
echo "the three biggest of each day:"
$edyc query 'from biggest' "$out/biggest.csv" 2>/dev/null
