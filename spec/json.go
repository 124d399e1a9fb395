package spec

import (
	"encoding/json"
	"reflect"
)

// sameJSON compares two JSON texts by what they say.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
