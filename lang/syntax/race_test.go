//go:build race

package syntax

// sampled: under the race detector, which is slow, every fifth token is broken.
const sampled = 5
