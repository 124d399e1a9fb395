package avro

import (
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Import reads an Avro schema as an edy type. It refuses, in a sentence, what edy
// has no type for: recursive schemas and unions of anything but records.
func Import(schema []byte) (*types.Type, error) {
	v, err := parseJSON(schema)
	if err != nil {
		return nil, err
	}
	i := &importer{named: map[string]*types.Type{}}
	return i.place(v, "", "", 0)
}

// importer reads one schema.
type importer struct {
	named map[string]*types.Type // by full name; nil while a record is being read
}

// place reads the type of a place. union is the name of the place's union where the
// schema says it.
func (i *importer) place(v any, namespace, union string, depth int) (*types.Type, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the schema nests more than %d deep", maxDepth)
	}
	switch v := v.(type) {
	case string:
		return i.reference(v, namespace)
	case []any:
		return i.union(v, namespace, union, depth)
	case object:
		if inner, ok := v.get("type"); ok {
			if _, plain := inner.(string); !plain { // {"type": {"type": ...}}
				return i.place(inner, namespace, union, depth+1)
			}
		}
		return i.complex(v, namespace, depth)
	}
	return nil, fmt.Errorf("%s is not a schema", appendJSON(nil, v))
}

// reference is a word of Avro or the name of a type defined earlier.
func (i *importer) reference(name, namespace string) (*types.Type, error) {
	if t := scalar(name); t != nil {
		return t, nil
	}
	for _, full := range []string{fullName(name, namespace), name} {
		t, known := i.named[full]
		if known && t == nil {
			return nil, fmt.Errorf("the schema %s holds itself; edy has no recursive types", full)
		}
		if known {
			return t, nil
		}
	}
	return nil, fmt.Errorf("there is no type %q", name)
}

func scalar(word string) *types.Type {
	switch word {
	case "null":
		return types.TNull
	case "boolean":
		return types.TBoolean
	case "int":
		return types.TInt
	case "long":
		return types.TLong
	case "float":
		return types.TFloat
	case "double":
		return types.TDouble
	case "string":
		return types.TString
	case "bytes":
		return types.TBytes
	}
	return nil
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func (i *importer) union(list []any, namespace, name string, depth int) (*types.Type, error) {
	nullable := false
	var branches []*types.Type
	for _, x := range list {
		if _, within := x.([]any); within {
			return nil, fmt.Errorf("a union has another as its branch, which Avro does not allow: write all branches in one")
		}
		t, err := i.place(x, namespace, "", depth+1)
		if err != nil {
			return nil, err
		}
		if t.Kind == types.Null {
			nullable = true
			continue
		}
		if o, ok := x.(object); ok && name == "" && t.Kind == types.Record {
			name = o.text(propUnion)
		}
		branches = append(branches, t)
	}
	switch {
	case len(branches) == 0 && nullable:
		return types.TNull, nil
	case len(branches) == 0:
		return nil, fmt.Errorf("a union needs a branch")
	case len(branches) == 1 && name == "":
		return branches[0].WithNull(nullable || branches[0].Nullable), nil
	}
	u := &types.Type{Kind: types.Union, Name: name, Nullable: nullable, Branches: branches}
	names := make([]string, len(branches))
	for j, b := range branches {
		if b.Kind != types.Record || b.Name == "" {
			return nil, fmt.Errorf("a union of %s: the branches of an edy union are named records", branchTexts(branches))
		}
		names[j] = b.Name
	}
	if u.Name == "" {
		u.Name = strings.Join(names, "Or")
	}
	return u, nil
}

func branchTexts(branches []*types.Type) string {
	texts := make([]string, len(branches))
	for i, b := range branches {
		texts[i] = b.String()
	}
	return strings.Join(texts, " and ")
}

// complex reads a type written as an object.
func (i *importer) complex(o object, namespace string, depth int) (*types.Type, error) {
	switch word := o.text("type"); word {
	case "record", "error":
		return i.record(o, namespace, depth)
	case "enum":
		return i.enum(o, namespace)
	case "fixed":
		return i.fixed(o, namespace)
	case "array", "map":
		of, kind := "items", types.Array
		if word == "map" {
			of, kind = "values", types.Map
		}
		v, ok := o.get(of)
		if !ok {
			return nil, fmt.Errorf("the %s does not say what its %s are", word, of)
		}
		elem, err := i.place(v, namespace, o.text(propUnion), depth+1)
		if err != nil {
			return nil, err
		}
		return &types.Type{Kind: kind, Elem: elem}, nil
	case "":
		return nil, fmt.Errorf("%s does not say its type", appendJSON(nil, o))
	default:
		t, err := i.reference(word, namespace)
		if err != nil {
			return nil, err
		}
		return logical(t, o), nil
	}
}

// logical is what a scalar with properties means. A logical type that does not fit
// is ignored, as Avro's specification asks.
func logical(t *types.Type, o object) *types.Type {
	own, word := o.text(propType), o.text("logicalType")
	switch t.Kind {
	case types.Bytes:
		if own == "geography" {
			return types.TGeography
		}
		if d := decimal(o); d != nil {
			return d
		}
	case types.String:
		switch {
		case own == "json":
			return types.TJSON
		case word == logicalUUID:
			return types.TUUID
		}
	case types.Int:
		switch word {
		case logicalDate:
			return types.TDate
		case logicalTimeMillis:
			return types.TTime
		}
	case types.Long:
		switch {
		case own == "duration":
			return types.TDuration
		case word == logicalTime:
			return types.TTime
		case word == logicalTimestamp, word == "timestamp-millis", word == "timestamp-nanos":
			return types.TTimestamp
		case word == logicalLocalTimestamp, word == "local-timestamp-millis", word == "local-timestamp-nanos":
			return types.TLocalTimestamp
		}
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Double, types.Decimal, types.Fixed, types.UUID, types.Date,
		types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return t
}

// decimal is the decimal type of bytes or fixed, nil where they are none.
func decimal(o object) *types.Type {
	precision, ok := o.whole("precision")
	scale, hasScale := o.whole("scale")
	if _, written := o.get("scale"); written && !hasScale {
		return nil
	}
	if o.text("logicalType") != logicalDecimal || !ok || precision < 1 || precision > 76 || scale < 0 || scale > precision {
		return nil
	}
	return types.DecimalOf(precision, scale)
}

// name is the full name of a named type, its namespace, and its name in edy.
func (i *importer) name(o object, namespace string) (full, within, edy string, err error) {
	name := o.text("name")
	if ns, ok := o.get("namespace"); ok {
		namespace, _ = ns.(string)
	}
	full = fullName(name, namespace)
	if !validName(full) {
		return "", "", "", fmt.Errorf("%q is not a name of an Avro type", full)
	}
	if _, taken := i.named[full]; taken || scalar(full) != nil {
		return "", "", "", fmt.Errorf("the name %s is taken twice", full)
	}
	short := full
	if dot := strings.LastIndexByte(full, '.'); dot >= 0 {
		within, short = full[:dot], full[dot+1:]
	}
	edy = o.text(propName)
	if anonymous, _ := o.get(propAnonymous); edy == "" && anonymous != true {
		edy = short
	}
	return full, within, edy, nil
}

func (i *importer) fixed(o object, namespace string) (*types.Type, error) {
	full, _, _, err := i.name(o, namespace)
	if err != nil {
		return nil, err
	}
	size, ok := o.whole("size")
	if !ok || size < 1 {
		return nil, fmt.Errorf("the fixed type %s needs a size", full)
	}
	t := &types.Type{Kind: types.Fixed, Size: size}
	switch d := decimal(o); {
	case d != nil:
		t = d
	case o.text("logicalType") == logicalDuration && size == periodSize:
		t = types.TPeriod
	case o.text("logicalType") == logicalUUID && size == 16:
		t = types.TUUID
	}
	i.named[full] = t
	return t, nil
}

func (i *importer) enum(o object, namespace string) (*types.Type, error) {
	full, _, name, err := i.name(o, namespace)
	if err != nil {
		return nil, err
	}
	t := &types.Type{Kind: types.Enum, Name: name, Symbols: o.texts("symbols")}
	if len(t.Symbols) == 0 {
		return nil, fmt.Errorf("the enum %s needs symbols", full)
	}
	for j, s := range t.Symbols {
		if slices.Contains(t.Symbols[:j], s) {
			return nil, fmt.Errorf("the enum %s has the symbol %q twice", full, s)
		}
	}
	if d := o.text("default"); d != "" {
		if !slices.Contains(t.Symbols, d) {
			return nil, fmt.Errorf("the default of the enum %s is none of its symbols", full)
		}
		t.Default = d
	}
	if own := o.texts(propSymbols); len(own) == len(t.Symbols) {
		if at := slices.Index(t.Symbols, t.Default); at >= 0 {
			t.Default = own[at]
		}
		t.Symbols = own
	}
	i.named[full] = t
	return t, nil
}

func (i *importer) record(o object, namespace string, depth int) (*types.Type, error) {
	full, within, name, err := i.name(o, namespace)
	if err != nil {
		return nil, err
	}
	list, ok := o.get("fields")
	fields, isList := list.([]any)
	if !ok || !isList {
		return nil, fmt.Errorf("the record %s needs fields", full)
	}
	i.named[full] = nil
	t := &types.Type{Kind: types.Record, Name: name}
	for _, x := range fields {
		f, err := i.field(x, within, depth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", full, err)
		}
		if _, twice := t.FieldNamed(f.Name); twice {
			return nil, fmt.Errorf("%s: there are two fields %q", full, f.Name)
		}
		t.Fields = append(t.Fields, f)
	}
	i.named[full] = t
	return t, nil
}

func (i *importer) field(v any, namespace string, depth int) (types.Field, error) {
	o, ok := v.(object)
	name := o.text("name")
	if !ok || !plainName().MatchString(name) {
		if ok && name != "" {
			return types.Field{}, fmt.Errorf("%q is no name of a field: that is letters, digits and _, and begins with no digit", name)
		}
		return types.Field{}, fmt.Errorf("%s is not a field", appendJSON(nil, v))
	}
	written, ok := o.get("type")
	if !ok {
		return types.Field{}, fmt.Errorf("the field %s does not say its type", name)
	}
	t, err := i.place(written, namespace, o.text(propUnion), depth+1)
	if err != nil {
		return types.Field{}, fmt.Errorf("%s: %w", name, err)
	}
	f := types.Field{Name: orName(o.text(propName), name), Type: t, Doc: o.text("doc")}
	if was := o.texts("aliases"); len(was) > 0 {
		f.Was = was
		if own := o.texts(propWas); len(own) == len(was) {
			f.Was = own
		}
	}
	if tags, ok := o.get(propTags); ok {
		members, _ := tags.(object)
		f.Tags = map[string]string{}
		for _, m := range members {
			f.Tags[m.key], _ = m.value.(string)
		}
	}
	return f, importDefault(&f, o)
}

// importDefault reads the default of a field.
func importDefault(f *types.Field, o object) error {
	ok := true
	if d, written := o.get(propDefault); written {
		f.Default, ok = readOwn(f.Type, d)
		f.HasDef = true
	} else if d, written := o.get("default"); written {
		f.Default, ok = readDefault(f.Type, d)
		f.HasDef = true
	}
	if !ok {
		return fmt.Errorf("the default of the field %s does not fit %s", f.Name, f.Type)
	}
	return nil
}
