package connector

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// Settings turns the settings of a declaration into those of a URI, so that both
// are read in one place: `path` is the path, `format: json(a: b)` is format=json
// and a=b, and every other setting stands for itself.
func Settings(declared map[string]any) (URI, error) {
	u := URI{Options: map[string]string{}}
	names := make([]string, 0, len(declared))
	for name := range declared {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v := declared[name]
		call, isCall := v.(ir.SettingCall)
		if !isCall {
			text, err := settingText(v)
			if err != nil {
				return URI{}, fmt.Errorf("setting %s: %w", name, err)
			}
			u.Options[name] = text
			continue
		}
		u.Options[name] = call.Name
		for arg, v := range call.Args {
			text, err := settingText(v)
			if err != nil {
				return URI{}, fmt.Errorf("setting %s of %s: %w", arg, call.Name, err)
			}
			u.Options[arg] = text
		}
	}
	u.Path, _ = u.Take("path")
	return u, nil
}

func settingText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case ir.SettingWord:
		return string(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case time.Duration:
		return v.String(), nil
	case types.Dec:
		return v.String(), nil
	}
	return "", fmt.Errorf("a value of this kind cannot stand here")
}
