package ir

import "github.com/edynamic/edynamic/lang/types"

// Period says that a key comes from event time: `keep` counts from the end of its
// period, since no row of the key is later (SEMANTICS 77). Without `keep` it is
// forgotten there.
type Period struct {
	By   int          // which of the keys
	Unit types.Length // how long a period is; zero for the instant alone
	Zone string
	Date bool // the key is the date on which a period begins, else the instant
}
