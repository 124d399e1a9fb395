//go:build !amd64

package ndjson

const wideStops = false

func stopsWide(*byte, int, int, *int32, int) (n, done int) { return 0, 0 }
