package checkpoint_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/stream"
)

// TestMomentsAreTrimmed: when rows were taken that a topic has trimmed is forgotten, of all
// runs; when rows were taken that are kept, of another topic, and when the end of the input
// was seen, is not.
func TestMomentsAreTrimmed(t *testing.T) {
	l := log.NewMemory()
	defer l.Close()
	check(t, l.Declare(log.Topic{Name: "old", Partitions: 2}))
	check(t, l.Declare(log.Topic{Name: "other", Partitions: 1}))
	for i := range 3 { // events 0 to 5 of partition 0, two of an entry of 10 bytes
		_, err := l.Commit(&log.Tx{Appends: []log.Append{{Topic: "old", Expect: -1, N: 2, Ingest: int64(i), Payload: []byte("0123456789")}}})
		check(t, err)
	}
	taken := func(topic string, partition int, from, to, moment int64) exec.Taken {
		return exec.Taken{Topic: topic, Partition: partition, From: from, To: to, Moment: moment}
	}
	var runs []*checkpoint.Run
	for i, name := range []string{"one", "two"} {
		run, err := checkpoint.Open(l, name, time.Hour, clock.Real{})
		check(t, err)
		defer run.Close()
		runs = append(runs, run)
		at := int64(100 * i)
		for _, some := range [][]exec.Taken{
			{taken("old", 0, 0, 2, at+1), taken("other", 0, 0, 1, at+2)},
			{taken("old", 0, 2, 4, at+3), taken("old", 1, 0, 1, at+4)}, // partition 1 keeps all
			{taken("old", exec.AtEnd, 0, 0, at+5)},
			{taken("old", 0, 4, 6, at+6)},
		} {
			check(t, run.Commit(&exec.State{Taken: some}, false))
		}
	}
	runs[0].Retain("old", log.Retention{Bytes: 10})
	check(t, runs[0].Commit(&exec.State{}, true))
	if head, err := l.Head("old", 0); err != nil || head.First != 4 {
		t.Fatalf("%+v, %v: two entries were to be trimmed", head, err)
	}
	moment := func(from, to, at int64) stream.Moment {
		return stream.Moment{Range: stream.Range{From: from, To: to}, At: at}
	}
	for i, name := range []string{"one", "two"} {
		at := int64(100 * i)
		got, ended, err := checkpoint.Moments(l, name, "old")
		check(t, err)
		want := [][]stream.Moment{{moment(2, 4, at+3), moment(4, 6, at+6)}, {moment(0, 1, at+4)}}
		if diff := cmp.Diff(want, got); diff != "" || ended != at+5 {
			t.Errorf("%s: ended at %d, want %d (-want +got):\n%s", name, ended, at+5, diff)
		}
		got, _, err = checkpoint.Moments(l, name, "other")
		check(t, err)
		if diff := cmp.Diff([][]stream.Moment{{moment(0, 1, at+2)}}, got); diff != "" {
			t.Errorf("%s, the other topic (-want +got):\n%s", name, diff)
		}
	}
	pieces := 0
	check(t, l.Scan([]byte("run/one\x00moments/old\x00"), func(_, _ []byte) bool { pieces++; return true }))
	if pieces != 3 {
		t.Errorf("%d pieces are left, want 3", pieces)
	}
}
