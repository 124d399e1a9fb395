package spec_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/spec"
)

const debeziumProgram = `module round_trip
schema C { id: long  name: string  city: string?  at: timestamp }
topic customers: C { key: id  mode: upsert  time: at  watermark: 0s }
source read from file into customers { path: "in.ndjson"  format: debezium }
sink written from customers to "out.ndjson?format=debezium"
stream cities = from customers |> aggregate n = count(), last = last(name) by city keep forever
`

const debeziumInput = `{"before":null,"after":{"id":1,"name":"Ann","city":"Oslo","at":"2026-01-01T00:00:00Z"},"op":"r","ts_ms":5,"source":{"db":"shop"}}
{"before":null,"after":{"id":2,"name":"Bo","city":"Oslo","at":"2026-01-01T00:00:01Z"},"op":"c"}
{"before":{"id":1,"name":"Ann"},"after":{"id":1,"name":"Ann","city":"Turku","at":"2026-01-01T00:00:02Z"},"op":"u"}
{"before":{"id":2},"after":null,"op":"d","ts_ms":1767225604000}
{"schema":{},"payload":{"before":null,"after":{"id":3,"name":"Cy","city":null,"at":"2026-01-01T00:00:05Z"},"op":"c"}}
{"before":{"id":9},"after":null,"op":"d","ts_ms":1767225606000}
`

// What is written of a topic that read Debezium envelopes gives the same rows and the
// same envelopes when it is read again, at any batch size and parallelism.
func TestDebeziumRoundTrip(t *testing.T) {
	wantLog := `{"before":null,"after":{"id":1,"name":"Ann","city":"Oslo","at":"2026-01-01T00:00:00Z"},"op":"c","ts_ms":1767225600000}
{"before":null,"after":{"id":2,"name":"Bo","city":"Oslo","at":"2026-01-01T00:00:01Z"},"op":"c","ts_ms":1767225601000}
{"before":{"id":1,"name":"Ann","city":"Oslo","at":"2026-01-01T00:00:00Z"},"after":{"id":1,"name":"Ann","city":"Turku","at":"2026-01-01T00:00:02Z"},"op":"u","ts_ms":1767225602000}
{"before":{"id":2,"name":"Bo","city":"Oslo","at":"2026-01-01T00:00:01Z"},"after":null,"op":"d","ts_ms":1767225604000}
{"before":null,"after":{"id":3,"name":"Cy","city":null,"at":"2026-01-01T00:00:05Z"},"op":"c","ts_ms":1767225605000}
`
	wantCities := `{"$op":"insert","city":"Oslo","n":1,"last":"Ann"}
{"$op":"update_before","city":"Oslo","n":1,"last":"Ann"}
{"$op":"update_after","city":"Oslo","n":2,"last":"Bo"}
{"$op":"update_before","city":"Oslo","n":2,"last":"Bo"}
{"$op":"update_after","city":"Oslo","n":1,"last":"Bo"}
{"$op":"insert","city":"Turku","n":1,"last":"Ann"}
{"$op":"delete","city":"Oslo","n":1,"last":"Bo"}
{"$op":"insert","city":null,"n":1,"last":"Cy"}
`
	input := debeziumInput
	for _, opt := range []spec.Options{{BatchRows: 1}, {BatchRows: 4096, Parallel: 3, Optimise: true}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "round_trip.edy")
		for name, text := range map[string]string{path: debeziumProgram, filepath.Join(dir, "in.ndjson"): input} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		runTo(t, path, dir, opt, "cities")
		for name, want := range map[string]string{"out.ndjson": wantLog, "cities.ndjson": wantCities} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%+v, %s (-want +got):\n%s", opt, name, diff)
			}
		}
		written, err := os.ReadFile(filepath.Join(dir, "out.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		input = string(written) // the second run reads what the first wrote
	}
}
