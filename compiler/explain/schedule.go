package explain

import (
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// ScheduleDoc is a schedule.
type ScheduleDoc struct {
	Name string   `json:"name"`
	When string   `json:"when"` // every 1d at 02:00 zone Europe/Helsinki
	Does []string `json:"does"`
}

func scheduleDocs(p *ir.Program) []ScheduleDoc {
	out := []ScheduleDoc{}
	for _, s := range p.Schedules {
		d := ScheduleDoc{Name: s.Name, When: whenText(s), Does: []string{}}
		for _, a := range s.Acts {
			switch {
			case a.Emit != nil:
				d.Does = append(d.Does, "emits a row to "+nameText(a.Emit.Topic))
			case a.Snapshot != nil:
				d.Does = append(d.Does, "writes the rows of "+nameText(a.Snapshot.Of)+" to "+nameText(a.Snapshot.Sink))
			}
		}
		out = append(out, d)
	}
	return out
}

func whenText(s *ir.Schedule) string {
	text := `cron "` + s.Cron + `"`
	if s.Cron == "" {
		text = "every " + lengthText(s.Every)
		if s.From != (types.Length{}) {
			at := time.UnixMicro(s.From.Micros).UTC().Format("15:04:05")
			text += " at " + strings.TrimSuffix(at, ":00")
		}
	}
	if s.Zone != "" {
		text += " zone " + s.Zone
	}
	return text
}

func (w *writer) schedules(d *SummaryDoc) {
	if len(d.Schedules) == 0 {
		return
	}
	w.gap()
	w.line(0, "schedules")
	for _, s := range d.Schedules {
		w.line(1, "%s %s: %s", nameText(s.Name), s.When, strings.Join(s.Does, ", "))
	}
}
