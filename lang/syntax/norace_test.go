//go:build !race

package syntax

// sampled: every token is broken.
const sampled = 1
