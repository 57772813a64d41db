#!/bin/sh
# ranges.sh COUNT PIECES: cuts 0..COUNT into so many ranges "a-b" of equal size, a included, b not.
awk -v count="$1" -v pieces="$2" 'BEGIN {
  size = int((count + pieces - 1) / pieces)
  for (from = 0; from < count; from += size) print from "-" (from + size < count ? from + size : count)
}'
