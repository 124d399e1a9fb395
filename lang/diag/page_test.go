package diag

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestEveryPageIsWellFormed(t *testing.T) {
	code := regexp.MustCompile(`^(E0[1-7]|W08|E09)[0-9]{2}$`)
	pages := Pages()
	if len(pages) == 0 {
		t.Fatal("there are no pages")
	}
	for i, p := range pages {
		if !code.MatchString(string(p.Code)) {
			t.Errorf("%s is no code", p.Code)
		}
		if i > 0 && pages[i-1].Code >= p.Code {
			t.Errorf("%s is out of order", p.Code)
		}
		if p.Before == p.After {
			t.Errorf("%s: before and after are the same", p.Code)
		}
		text, ok := Page(p.Code)
		if !ok || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\t") {
			t.Errorf("%s: the page has tabs or no final line end", p.Code)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 120 {
				t.Errorf("%s: a line of %d characters", p.Code, len(line))
			}
		}
	}
}

func TestPage(t *testing.T) {
	text, ok := Page("e0105")
	if !ok || !strings.HasPrefix(text, "# E0105: ") {
		t.Errorf("the page of e0105 is %q, %v", text, ok)
	}
	for _, code := range []Code{"E9999", "", "../page"} {
		if _, ok := Page(code); ok {
			t.Errorf("%q has a page", code)
		}
	}
}

func TestParsePage(t *testing.T) {
	block := "```edy\na\n```\n"
	good := "# E0105: a title\n\nWords.\n\n## Before\n\n" + block + "\n## After\n\n```edy\nb\nc\n```\n"
	p, err := parsePage(good)
	want := PageInfo{Code: "E0105", Title: "a title", Before: "a\n", After: "b\nc\n"}
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v", p, err)
	}
	want.Files = []PageFile{{"a.edy", "x\n"}, {"b.csv", "y\n\nz\n"}}
	p, err = parsePage(good + "\n## Files\n\n```a.edy\nx\n```\n\n```b.csv\ny\n\nz\n```\n")
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v", p, err)
	}
	for name, bad := range map[string]string{
		"no title":       strings.Replace(good, "# E0105: a title", "# E0105", 1),
		"no explanation": strings.Replace(good, "Words.\n", "", 1),
		"no before":      strings.Replace(good, "## Before", "## Earlier", 1),
		"no after":       strings.Replace(good, "## After", "## Later", 1),
		"two blocks":     strings.Replace(good, block, block+block, 1),
		"no block":       strings.Replace(good, block, "", 1),
		"no file":        good + "\n## Files\n\n",
		"nameless file":  good + "\n## Files\n\n```\nx\n```\n",
		"open file":      good + "\n## Files\n\n```a.edy\nx\n",
	} {
		if _, err := parsePage(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
