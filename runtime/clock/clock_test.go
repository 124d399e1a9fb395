package clock_test

import (
	"testing"
	"time"

	"github.com/edynamic/edynamic/runtime/clock"
)

func TestVirtualMovesOnlyWhenTold(t *testing.T) {
	c := clock.NewVirtual(clock.TestStart)
	soon, later, now := c.After(time.Minute), c.After(time.Hour), c.After(0)
	if got := <-now; !got.Equal(clock.TestStart) {
		t.Errorf("After(0) = %v", got)
	}
	if got := c.Waiting(); got != 2 {
		t.Errorf("%d wait, want 2", got)
	}
	c.Set(clock.TestStart.Add(time.Minute))
	if got := <-soon; !got.Equal(clock.TestStart.Add(time.Minute)) {
		t.Errorf("After(1m) = %v", got)
	}
	select {
	case <-later:
		t.Error("After(1h) fired after a minute")
	default:
	}
	c.Set(clock.TestStart)
	if got := c.Now(); !got.Equal(clock.TestStart.Add(time.Minute)) {
		t.Errorf("the clock went back to %v", got)
	}
}
