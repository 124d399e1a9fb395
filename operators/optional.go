package operators

// Timekeeper is an operator that sets the time of its rows anew and so keeps a
// watermark of its own. The runtime forwards OutWatermark instead of the input's.
type Timekeeper interface {
	// OutWatermark is the watermark after everything given so far; in is the
	// watermark of the input.
	OutWatermark(in Watermark) Watermark
}

// Holder is an operator that can say how many rows it holds whose results have
// not left yet; the summary of an interrupted run shows them.
type Holder interface{ Held() int64 }

// Clocked is a Timekeeper whose watermark is the clock: the runtime passes it on now
// and then although nothing comes in.
type Clocked interface {
	Timekeeper
	GoesByClock()
}
