package avro

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Canonical is the Parsing Canonical Form of a schema: what readers of data look at,
// without documentation, defaults, aliases and properties.
func Canonical(schema []byte) ([]byte, error) {
	v, err := parseJSON(schema)
	if err != nil {
		return nil, err
	}
	c, err := canonical(v, "", 0)
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, c), nil
}

// canonicalKeys are the members that stay, in their order.
var canonicalKeys = []string{"name", "type", "fields", "symbols", "items", "values", "size"}

func canonical(v any, namespace string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the schema nests more than %d deep", maxDepth)
	}
	switch v := v.(type) {
	case string:
		if scalar(v) != nil {
			return v, nil
		}
		return fullName(v, namespace), nil
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = canonical(x, namespace, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case object:
		return canonicalObject(v, namespace, depth)
	}
	return nil, fmt.Errorf("%s is not a schema", appendJSON(nil, v))
}

func canonicalObject(o object, namespace string, depth int) (any, error) {
	word := o.text("type")
	switch word {
	case "record", "error", "enum", "fixed", "array", "map":
	default: // a scalar or name with properties, or a type in braces of its own
		inner, ok := o.get("type")
		if !ok {
			return nil, fmt.Errorf("%s does not say its type", appendJSON(nil, o))
		}
		return canonical(inner, namespace, depth+1)
	}
	name := ""
	if word != "array" && word != "map" {
		if ns, ok := o.get("namespace"); ok {
			namespace, _ = ns.(string)
		}
		name = fullName(o.text("name"), namespace)
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			namespace = name[:dot]
		} else {
			namespace = ""
		}
	}
	out := object{}
	for _, key := range canonicalKeys {
		value, ok := o.get(key)
		if !ok {
			continue
		}
		var err error
		switch key {
		case "name":
			value = name
		case "fields":
			value, err = canonicalFields(value, namespace, depth)
		case "items", "values":
			value, err = canonical(value, namespace, depth+1)
		}
		if err != nil {
			return nil, err
		}
		out.set(key, value)
	}
	return out, nil
}

func canonicalFields(v any, namespace string, depth int) (any, error) {
	list, _ := v.([]any)
	out := make([]any, len(list))
	for i, x := range list {
		o, ok := x.(object)
		written, typed := o.get("type")
		if !ok || !typed {
			return nil, fmt.Errorf("%s is not a field", appendJSON(nil, x))
		}
		t, err := canonical(written, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = object{{"name", o.text("name")}, {"type", t}}
	}
	return out, nil
}

// rabinEmpty is the fingerprint of nothing, which is also the polynomial.
const rabinEmpty = 0xc15d213aa4d7a795

// rabinTable holds the fingerprints of single bytes.
var rabinTable = func() (table [256]uint64) {
	for i := range table {
		fp := uint64(i)
		for range 8 {
			fp = fp>>1 ^ rabinEmpty&-(fp&1)
		}
		table[i] = fp
	}
	return table
}()

// Rabin is the CRC-64-AVRO fingerprint of a schema, as single-object encoding
// carries it.
func Rabin(schema []byte) (uint64, error) {
	c, err := Canonical(schema)
	if err != nil {
		return 0, err
	}
	fp := uint64(rabinEmpty)
	for _, b := range c {
		fp = fp>>8 ^ rabinTable[byte(fp)^b]
	}
	return fp, nil
}

// SHA256 is the SHA-256 fingerprint of a schema.
func SHA256(schema []byte) ([sha256.Size]byte, error) {
	c, err := Canonical(schema)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return sha256.Sum256(c), nil
}
