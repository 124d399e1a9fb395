package spec_test

import (
	stdcmp "cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type vital struct {
	Patient string `json:"patient_id"`
	Ward    string
	Kind    string
	Value   float64
	At      time.Time
}

func (v vital) critical() bool {
	switch v.Kind {
	case "heart_rate":
		return v.Value <= 40 || v.Value >= 131
	case "spo2":
		return v.Value <= 91
	case "resp_rate":
		return v.Value <= 8 || v.Value >= 25
	default:
		return false
	}
}

type deterioration struct {
	Patient string `json:"patient_id"`
	Ward    string
	Kind    string
	Worst   float64
	N       int
	Since   time.Time
	At      time.Time
}

type silence struct {
	Patient string `json:"patient_id"`
	Ward    string
	Seen    time.Time `json:"last_seen"`
}

type hourOfKind struct {
	Hour time.Time
	Kind string
}

// TestVitals looks for what gets worse and what falls silent with two loops, and sums
// up the hours.
func TestVitals(t *testing.T) {
	rows := made[vital](t, "vitals/vitals.ndjson.gz")
	if len(rows) < 10_000 {
		t.Fatalf("%d rows of data", len(rows))
	}
	out := answers(t, "vitals/vitals.edy", "deterioration", "silent_monitors", "research_vitals", "vitals_late")
	checkShown(t, "vitals", out)

	var inTime []vital
	missed, highest := 0, time.Time{}
	hours := map[hourOfKind][]vital{}
	for _, v := range rows {
		water := highest.Add(-2 * time.Second)
		if v.At.Before(water) {
			missed += 2
		} else {
			inTime = append(inTime, v)
		}
		if k := (hourOfKind{v.At.Truncate(time.Hour), v.Kind}); water.Before(k.Hour.Add(65 * time.Minute)) {
			hours[k] = append(hours[k], v)
		} else {
			missed++
		}
		if v.At.After(highest) {
			highest = v.At
		}
	}
	slices.SortStableFunc(inTime, func(a, b vital) int { return a.At.Compare(b.At) })
	if d := cmp.Diff(worse(inTime), parsed[deterioration](t, out["deterioration"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(silent(inTime), parsed[silence](t, out["silent_monitors"])); d != "" {
		t.Error(d)
	}
	checkResearch(t, out["research_vitals"], hours)
	if got := len(parsed[vital](t, out["vitals_late"])); got != missed || missed == 0 {
		t.Errorf("%d late rows, want %d", got, missed)
	}
}

// worse finds three critical values in a row of one kind within two minutes, in the
// order of the third.
func worse(rows []vital) []deterioration {
	type key struct{ patient, kind string }
	runs := map[key][]vital{}
	var out []deterioration
	for _, v := range rows {
		k := key{v.Patient, v.Kind}
		if !v.critical() {
			delete(runs, k)
			continue
		}
		run := append(runs[k], v)
		for len(run) > 0 && v.At.Sub(run[0].At) > 2*time.Minute {
			run = run[1:]
		}
		if len(run) == 3 {
			worst := max(run[0].Value, run[1].Value, run[2].Value)
			out = append(out, deterioration{v.Patient, v.Ward, v.Kind, worst, 3, run[0].At, v.At})
			run = nil
		}
		runs[k] = run
	}
	return out
}

// silent finds the rows that no later one of the patient follows within three minutes,
// in the order in which that is known.
func silent(rows []vital) []silence {
	var out []silence
	for i, v := range rows {
		answered := slices.ContainsFunc(rows[i+1:min(i+1200, len(rows))], func(w vital) bool {
			gap := w.At.Sub(v.At)
			return w.Patient == v.Patient && gap > 0 && gap < 3*time.Minute
		})
		if !answered {
			out = append(out, silence{v.Patient, v.Ward, v.At})
		}
	}
	return out
}

func checkResearch(t *testing.T, text []byte, hours map[hourOfKind][]vital) {
	t.Helper()
	got := map[hourOfKind]bool{}
	for _, row := range parsed[struct {
		hourOfKind
		Mean, P95 float64
		Subjects  int
	}](t, text) {
		rows := hours[row.hourOfKind]
		slices.SortFunc(rows, func(a, b vital) int { return stdcmp.Compare(a.Value, b.Value) })
		patients, sum := map[string]bool{}, 0.0
		for _, v := range rows {
			patients[v.Patient] = true
			sum += math.Round(v.Value)
		}
		p95 := math.Round(rows[len(rows)*95/100].Value)
		if row.Subjects != len(patients) || row.Mean != sum/float64(len(rows)) || math.Abs(row.P95-p95) > 1+0.008*p95 {
			t.Errorf("%+v, want %d subjects, a mean of %v and about %v", row, len(patients), sum/float64(len(rows)), p95)
		}
		got[row.hourOfKind] = true
	}
	hidden := 0
	for k, rows := range hours {
		patients := map[string]bool{}
		for _, v := range rows {
			patients[v.Patient] = true
		}
		if got[k] != (len(patients) >= 5) {
			t.Errorf("%d patients of %v are shown: %v", len(patients), k, got[k])
		}
		if !got[k] {
			hidden++
		}
	}
	if hidden == 0 || len(got) == 0 {
		t.Errorf("%d groups are hidden and %d shown", hidden, len(got))
	}
}
