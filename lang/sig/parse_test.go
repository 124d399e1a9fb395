package sig

import (
	"testing"

	"github.com/edynamic/edynamic/lang/types"
)

func TestParse(t *testing.T) {
	s, err := Parse(`f<T: number>(x: T, ys: array<T?>, test: fn(T, long) -> boolean, q: const double = 0.5, zone: string = timezone, more: string...) -> map<T>!`)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "f" || s.Classes["T"] != Number || len(s.Params) != 6 || !s.Fallible {
		t.Fatalf("got %+v", s)
	}
	want := []string{"T", "array<T?>", "fn(T, long) -> boolean", "double", "string", "string"}
	for i, w := range want {
		if got := s.Params[i].Type.String(); got != w {
			t.Errorf("parameter %d is %s, want %s", i, got, w)
		}
	}
	if q := s.Params[3]; !q.Const || !q.Optional || q.Default != 0.5 {
		t.Errorf("q is %+v", q)
	}
	if !s.Params[4].Zone || !s.Params[5].Variadic {
		t.Errorf("zone and more are %+v", s.Params[4:])
	}
	if s.Result.Kind != types.Map || s.Result.Elem.Kind != types.Var {
		t.Errorf("result is %s", s.Result)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "f", "f()", "f(x) -> long", "f(x: lng) -> long", "f(x: long -> long", "f() -> long extra", `f(x: string = "a) -> long`} {
		if _, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) succeeded", text)
		}
	}
}
