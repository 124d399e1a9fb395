package text

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/runtime/format"
)

// TimeSettings are the settings of text formats that say how instants are
// written.
var TimeSettings = []sig.Setting{
	{Name: "timestamps", Kind: sig.SettingText, Values: []string{"rfc3339", "epoch_seconds", "epoch_millis", "epoch_micros", "epoch_nanos"}, Doc: "How instants are written: rfc3339 (default), epoch_seconds, epoch_millis, epoch_micros, epoch_nanos, or a pattern such as \"yyyy-MM-dd HH:mm:ss\"."},
	{Name: "zone", Kind: sig.SettingText, Doc: "The time zone of patterns without an offset, such as Europe/Helsinki. When writing, the zone of the text; UTC by default."},
}

// epochScale is the power of ten that turns a unit into microseconds.
var epochScale = map[string]int{"epoch_seconds": 6, "epoch_millis": 3, "epoch_micros": 0, "epoch_nanos": -3}

// Times is how instants are read and written. The zero Times is RFC 3339 only.
type Times struct {
	epoch  bool // instants are numbers
	scale  int
	layout *timefmt.Layout
	clock  *timefmt.Clock // nil when no zone is given
}

// EpochMillis are instants as numbers, the default of an inferred `time:` column.
var EpochMillis = Times{epoch: true, scale: 3}

// NewTimes reads the settings timestamps and zone.
func NewTimes(o format.Options) (Times, error) {
	var t Times
	if zone := o.Text("zone", ""); zone != "" {
		loc, err := timefmt.LoadZone(zone)
		if err != nil {
			return t, fmt.Errorf("setting \"zone\": %w", err)
		}
		t.clock = timefmt.NewClock(loc)
	}
	form := o.Text("timestamps", "rfc3339")
	if form == "rfc3339" {
		return t, nil
	}
	if scale, ok := epochScale[form]; ok {
		t.epoch, t.scale = true, scale
		return t, nil
	}
	layout, err := timefmt.Parse(form)
	if err != nil {
		return t, fmt.Errorf("setting \"timestamps\": %w", err)
	}
	t.layout = layout
	return t, nil
}

// Instant reads text as a timestamp; the reason is empty when it is one.
func (t *Times) Instant(v []byte) (micros int64, reason string) {
	switch {
	case t.layout == nil:
		micros, err := timefmt.ParseInstant(String(v))
		if err != nil {
			return 0, "is not a timestamp such as 2018-01-31T10:20:30Z"
		}
		return micros, ""
	case t.layout.HasOffset():
		micros, err := t.layout.Parse(String(v), time.UTC)
		if err != nil {
			return 0, t.misfit()
		}
		return micros, ""
	}
	local, err := t.layout.ParseLocal(String(v))
	if err != nil {
		return 0, t.misfit()
	}
	if t.clock == nil {
		return 0, "has no offset: the setting zone must name its time zone"
	}
	first, _, exists := t.clock.Instants(local)
	if !exists {
		return 0, "is skipped by the clocks of " + t.clock.Zone().String()
	}
	return first, ""
}

// Local reads text as a local timestamp.
func (t *Times) Local(v []byte) (micros int64, reason string) {
	if t.layout != nil {
		micros, err := t.layout.ParseLocal(String(v))
		if err != nil {
			return 0, t.misfit()
		}
		return micros, ""
	}
	micros, err := timefmt.ParseLocal(String(v))
	if err != nil {
		return 0, "is not a local timestamp such as 2018-01-31T10:20:30"
	}
	return micros, ""
}

func (t *Times) misfit() string { return fmt.Sprintf("does not fit the pattern %q", t.layout) }

// Number reads a number as an instant.
func (t *Times) Number(n *Number) (micros int64, reason string) {
	if !t.epoch {
		return 0, "is a number, not a timestamp as text; if it counts since 1970, say timestamps=epoch_millis or another unit"
	}
	micros, why := n.Scaled(t.scale, true)
	if why != Fits {
		return 0, "is beyond the range of timestamps"
	}
	return micros, ""
}

// Epoch reports that instants are numbers.
func (t *Times) Epoch() bool { return t.epoch }

// Unit is how many microseconds a number counts, 0 when numbers are no instants
// or count nanoseconds.
func (t *Times) Unit() int64 {
	if !t.epoch || t.scale < 0 {
		return 0
	}
	return int64(Ten[t.scale])
}

// AppendInstant writes a timestamp, without quotes.
func (t *Times) AppendInstant(dst []byte, micros int64) []byte {
	switch {
	case t.epoch:
		return appendEpoch(dst, micros, t.scale)
	case t.layout != nil && t.clock != nil:
		return t.layout.Append(dst, micros, t.clock)
	case t.layout != nil:
		return t.layout.AppendLocal(dst, micros)
	}
	return timefmt.AppendInstant(dst, micros)
}

// AppendLocal writes a local timestamp, without quotes.
func (t *Times) AppendLocal(dst []byte, micros int64) []byte {
	switch {
	case t.epoch:
		return appendEpoch(dst, micros, t.scale)
	case t.layout != nil:
		return t.layout.AppendLocal(dst, micros)
	}
	return timefmt.AppendLocal(dst, micros)
}
