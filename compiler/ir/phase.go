package ir

import "strconv"

// Phase is a half of an aggregate's work. The first gives a row for each group and window
// of each batch: By, then what each call knows (PartState), then how many rows it stands
// for (PartRows). The second puts these together; the arguments of its calls are not
// computed, and say only of what types they were.
type Phase string

// The phases; "" does all of the work.
const (
	FirstPhase  Phase = "first"
	SecondPhase Phase = "second"
)

// PartRows is the column of how many rows a row of the first phase stands for.
const PartRows = "$rows"

// PartState is the column of what a call knows after the first phase.
func PartState(call int) string { return "$state" + strconv.Itoa(call) }
