package format

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/lang/sig"
)

// Options are a format's settings, from `?a=b` of a URI or `format: json(a: b)` of
// a declaration.
type Options map[string]string

// Check reports a setting that the format does not have, or whose value it does
// not take.
func (o Options) Check(f sig.Format) error {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.IndexFunc(f.Settings, func(s sig.Setting) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("format %s has no setting %q; it has %s", f.Name, name, settingNames(f))
		}
		if err := checkValue(f.Settings[i], o[name]); err != nil {
			return fmt.Errorf("setting %q of format %s: %w", name, f.Name, err)
		}
	}
	return nil
}

func settingNames(f sig.Format) string {
	if len(f.Settings) == 0 {
		return "none"
	}
	names := make([]string, len(f.Settings))
	for i, s := range f.Settings {
		names[i] = s.Name
	}
	return strings.Join(names, ", ")
}

func checkValue(s sig.Setting, v string) error {
	switch s.Kind {
	case sig.SettingBool:
		if v != "true" && v != "false" {
			return fmt.Errorf("%q is not true or false", v)
		}
	case sig.SettingInt:
		if _, err := strconv.Atoi(v); err != nil {
			return fmt.Errorf("%q is not a whole number", v)
		}
	case sig.SettingSize:
		if _, ok := ParseSize(v); !ok {
			return fmt.Errorf("%q is not a size such as 16MB", v)
		}
	case sig.SettingDuration:
		if _, err := time.ParseDuration(v); err != nil {
			return fmt.Errorf("%q is not a duration such as 500ms", v)
		}
	case sig.SettingWord:
		if !slices.Contains(s.Values, v) {
			return fmt.Errorf("%q is not one of %s", v, strings.Join(s.Values, ", "))
		}
	case sig.SettingText, sig.SettingList, sig.SettingFormat, sig.SettingRecord, sig.SettingCall,
		sig.SettingTime, sig.SettingGroup:
	}
	return nil
}

// Text is an option, or the value it has when it is left out.
func (o Options) Text(name, otherwise string) string {
	if v, ok := o[name]; ok {
		return v
	}
	return otherwise
}

// Bool is an option that Check accepted.
func (o Options) Bool(name string, otherwise bool) bool {
	if v, ok := o[name]; ok {
		return v == "true"
	}
	return otherwise
}

// Size is an option in bytes.
func (o Options) Size(name string, otherwise int) int {
	if n, ok := ParseSize(o[name]); ok {
		return n
	}
	return otherwise
}

// Duration is an option such as 500ms.
func (o Options) Duration(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(o[name]); err == nil {
		return d
	}
	return otherwise
}

var sizeUnits = []struct {
	suffix string
	bytes  int
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1000}, {"MB", 1000_000}, {"GB", 1000_000_000}, {"B", 1}, {"", 1}}

// ParseSize reads 4096, 64KiB or 16MB.
func ParseSize(s string) (int, bool) {
	for _, u := range sizeUnits {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.Atoi(strings.TrimSpace(digits))
			return n * u.bytes, err == nil && n > 0 && n <= (1<<40)/u.bytes
		}
	}
	return 0, false
}
