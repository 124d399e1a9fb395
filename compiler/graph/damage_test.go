package graph_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/graph"
)

// repacked is an archive with its entries changed, under the names a function gives:
// "" drops the entry.
func repacked(t *testing.T, data []byte, change func(name string, data []byte) (string, []byte), more ...string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		w, err := out.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if name, text := change(f.Name, text); name != "" {
			add(name, text)
		}
	}
	for _, name := range more {
		add(name, []byte("more"))
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamage(t *testing.T) {
	data := archive(t, wide(t))
	same := func(name string, data []byte) (string, []byte) { return name, data }
	edit := func(entry, old, new string) []byte {
		return repacked(t, data, func(name string, data []byte) (string, []byte) {
			if name == entry {
				data = bytes.Replace(data, []byte(old), []byte(new), 1)
			}
			return name, data
		})
	}
	without := func(entry string) []byte {
		return repacked(t, data, func(name string, data []byte) (string, []byte) {
			if name == entry {
				return "", nil
			}
			return name, data
		})
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"packed anew, even compressed", repacked(t, data, same), ""},
		{"nothing", nil, "it is not an archive made by edyc build"},
		{"a program", []byte("stream s = from t"), "it is not an archive made by edyc build"},
		{"another zip", repacked(t, data, func(string, []byte) (string, []byte) { return "", nil }, "a.txt"), "it is not an archive made by edyc build: it has no manifest.json"},
		{"half of it", data[:len(data)/2], "the archive is damaged: it is cut off or was changed (zip: not a valid zip file)"},
		{"a source changed", edit("src/wide.edy", "|> where", "|>  were"), "the archive is damaged: src/wide.edy was changed"},
		{"the plan changed", edit("plan.json", "where", "wheee"), "the archive is damaged: plan.json was changed"},
		{"the plan missing", without("plan.json"), "the archive is damaged: plan.json is missing"},
		{"a schema missing", without("schemas/dear.avsc"), "the archive is damaged: schemas/dear.avsc is missing"},
		{"an entry more", repacked(t, data, same, "extra"), "the archive is damaged: it has entries that its manifest does not list"},
		{"an entry twice", repacked(t, data, same, "plan.json"), `the archive is damaged: it has two entries "plan.json"`},
		{"another format", edit("manifest.json", `"format":1`, `"format":2`), "the archive has format 2, and this edyc reads format 1; build it again from its sources"},
		{"another compiler", edit("manifest.json", `"compiler":"1.2.3"`, `"compiler":"1.2.4"`), "the archive is damaged: its content is sha256:"},
		{"a broken manifest", edit("manifest.json", `{`, `[`), "the archive is damaged: manifest.json: "},
	} {
		_, err := graph.Read(bytes.NewReader(c.data))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && err == nil:
			t.Errorf("%s: it was read", c.name)
		case c.want != "" && !strings.HasPrefix(err.Error(), c.want):
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: the error has several lines: %v", c.name, err)
		}
	}
}

// A bit that flips is noticed, or changed nothing: the dates in a zip file, say.
func TestFlippedBits(t *testing.T) {
	g := checked(t, "p.edy", "topic t from \"t.ndjson\"\nstream s = from t |> where mag is not null |> extend x = mag * 2.0\n")
	data := archive(t, g)
	want := planJSON(t, g)
	const seed = 1
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewSource(seed))
	for range 1000 {
		bad := bytes.Clone(data)
		at := rng.Intn(len(bad))
		bad[at] ^= 1 << rng.Intn(8)
		back, err := graph.Read(bytes.NewReader(bad))
		if err == nil && planJSON(t, back) != want {
			t.Fatalf("a bit of byte %d flipped and was not noticed", at)
		}
	}
	for at := 0; at < len(data); at += 7 {
		if _, err := graph.Read(bytes.NewReader(data[:at])); err == nil {
			t.Fatalf("cut off at %d it was read", at)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, checked(f, "p.edy", "topic t from \"t.ndjson\"\nstream s = from t |> where mag is not null\n")))
	f.Add(archive(f, wide(f)))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := graph.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := graph.PlanJSON(g); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

// FuzzPlan changes the plan under a manifest that fits: whatever is read can be
// written again, and is read the same.
func FuzzPlan(f *testing.F) {
	seed := checked(f, "p.edy", "topic t from \"t.ndjson\" { time: at }\nstream s = from t |> where mag is not null |> window tumbling 1h |> aggregate n = count() by net\n")
	f.Add(planJSON(f, seed))
	f.Add(planJSON(f, wide(f)))
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		p, g, err := graph.DecodePlan([]byte(text), seed.Files)
		if err != nil {
			return
		}
		one := planJSON(t, &graph.Graph{Files: seed.Files, Program: p, Plan: g})
		p, g, err = graph.DecodePlan([]byte(one), seed.Files)
		if err != nil {
			t.Fatalf("written again, it is refused: %v\n%s", err, one)
		}
		if two := planJSON(t, &graph.Graph{Files: seed.Files, Program: p, Plan: g}); one != two {
			t.Fatalf("written again, it differs:\n%s\n%s", one, two)
		}
	})
}
