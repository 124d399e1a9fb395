package exec

import (
	"cmp"
	"slices"
	"time"

	"github.com/edynamic/edynamic/runtime/connector/reload"
)

// Summary counts what a run did, and every row that left by a side door.
type Summary struct {
	Topics []TopicSummary
	Nodes  []NodeSummary
	Sinks  []SinkSummary
	Errors []ErrorSummary // by code
	// OpenRows are rows in windows that had not closed when the run was interrupted.
	OpenRows    int64
	Interrupted bool
	// Paused: an input may go on later, so that windows were left open.
	Paused bool
	// HeldBack is what the lowest watermark of an interrupted run waited for.
	HeldBack *HeldBack
}

// TopicSummary counts the rows of a topic.
type TopicSummary struct {
	Name     string
	Rows     int64 // records that entered, undecodable ones too
	Bad      int64 // that could not be decoded
	Unknown  []string
	Furthest *Furthest
	// Again tells of an input that was read again, nil for others.
	Again *reload.Report
	// Watermark is where the topic's watermark stood at the end, before the end of
	// input raised it; false when it never moved.
	Watermark    int64
	HasWatermark bool
}

// Furthest is the row that moved a topic's largest time furthest.
type Furthest struct {
	Time   int64
	By     int64 // microseconds; 0 for the first row
	Origin string
}

// NodeSummary counts what left an operator.
type NodeSummary struct {
	Name     string
	Stage    string
	Stream   string
	Out      []int64 // rows per port
	Counters map[string]int64
}

// SinkSummary counts what was written.
type SinkSummary struct {
	Name     string
	Label    string
	Rows     int64
	Warnings []string
}

// ErrorSummary is the error records of one code with the first of them.
type ErrorSummary struct {
	Code  string
	Count int64
	First ErrorRow
}

// ErrorRow is an error record for the reader of a summary.
type ErrorRow struct{ Origin, Stage, Reason, Row string }

// ErrorCount is the number of error records.
func (s *Summary) ErrorCount() int64 {
	n := int64(0)
	for _, e := range s.Errors {
		n += e.Count
	}
	return n
}

// Counter sums a counter over all operators.
func (s *Summary) Counter(name string) int64 {
	n := int64(0)
	for _, x := range s.Nodes {
		n += x.Counters[name]
	}
	return n
}

// errorLog keeps the first error record of each code.
type errorLog struct {
	byCode map[string]*ErrorSummary
	spots  map[string]spot
}

func newErrorLog() *errorLog {
	return &errorLog{byCode: map[string]*ErrorSummary{}, spots: map[string]spot{}}
}

func (l *errorLog) note(r record) {
	s := l.byCode[r.code]
	if s == nil {
		s = &ErrorSummary{Code: r.code}
		l.byCode[r.code] = s
	}
	if s.Count == 0 || r.spot.compare(l.spots[r.code]) < 0 {
		s.First = ErrorRow{r.origin, r.stage, r.reason, r.row}
		l.spots[r.code] = r.spot
	}
	s.Count++
}

func (l *errorLog) count() int64 {
	n := int64(0)
	for _, s := range l.byCode {
		n += s.Count
	}
	return n
}

func (l *errorLog) summary() []ErrorSummary {
	var out []ErrorSummary
	for _, s := range l.byCode {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b ErrorSummary) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// Progress is how far a run has come.
type Progress struct {
	Rows         int64 // that entered from outside
	Watermark    int64 // the lowest of the topics that are read
	HasWatermark bool
	Late         int64
	Errors       int64
	HeldBack     *HeldBack // nil where nothing moves with time
	Now          time.Time
	// Trouble is what was the matter with inputs that are read again, the last time.
	Trouble []string
}
