package dataset

import (
	"strings"
	"testing"
	"time"
)

func TestCheckReadsWhatWriteWrote(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	rows := InOrder([]Sent[map[string]int]{
		{noon.Add(time.Second), map[string]int{"n": 2}}, {noon, map[string]int{"n": 1}}, {noon.Add(time.Second), map[string]int{"n": 3}},
	})
	lines, err := Lines("rows.ndjson.gz", rows)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(lines.Text); got != "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n" {
		t.Errorf("rows in the order of their arrival are %q", got)
	}
	files, dir := []File{lines, Sheet("sheet.csv", "a,b", []string{"1,2"})}, t.TempDir()
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir, files); err != nil {
		t.Error(err)
	}
	files[0].Text = append(files[0].Text, "{}\n"...)
	if err := Check(dir, files); err == nil || !strings.Contains(err.Error(), "rows.ndjson.gz is not what its generator makes") {
		t.Errorf("other rows are found to be the same: %v", err)
	}
}
