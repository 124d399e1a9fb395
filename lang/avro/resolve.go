package avro

import (
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Mismatch is a place at which rows written with one type cannot be read with
// another.
type Mismatch struct {
	Path string // the field in the reader, or in the writer where only it has one; "" for the whole row
	What string // what differs, in a sentence that names both sides
	Fix  string // what would make it fit, "" where nothing short does
}

func (m Mismatch) String() string {
	if m.Path == "" {
		return m.What
	}
	return m.Path + ": " + m.What
}

// Resolve tells why rows of the type writer cannot be read as rows of the type
// reader by Avro's rules of schema resolution; nothing means that they can. Fields
// match by name or by an earlier name (@was). Unlike Avro, bytes are never read as a
// string, which they may be none of.
func Resolve(writer, reader *types.Type) []Mismatch {
	r := &resolution{}
	r.types("", writer, reader)
	return r.found
}

// resolveAhead is Resolve for rows of the newest type and a reader that has an earlier one:
// what it tells is of the newest, too.
func resolveAhead(writer, reader *types.Type) []Mismatch {
	r := &resolution{ahead: true}
	r.types("", writer, reader)
	return r.found
}

type resolution struct {
	ahead bool // the rows are of the newer type
	found []Mismatch
}

// differs tells that a place is of another type.
func (r *resolution) differs(path, fix, why string, w, t *types.Type) {
	if r.ahead {
		w, t = t, w
	}
	r.add(path, fix, "it was %s and is %s%s", w.NonNull(), t.NonNull(), why)
}

func (r *resolution) add(path, fix, format string, args ...any) {
	r.found = append(r.found, Mismatch{Path: path, What: fmt.Sprintf(format, args...), Fix: fix})
}

func (r *resolution) types(path string, w, t *types.Type) {
	switch {
	case w.Nullable && !t.Nullable && r.ahead:
		r.add(path, "keep it without null: "+t.String(), "rows may hold null there by now, which %s did not take", t)
	case w.Nullable && !t.Nullable:
		r.add(path, "keep it nullable: "+t.String()+"?", "rows may hold null there, and %s takes none", t)
	}
	if t.Kind == types.Union || w.Kind == types.Union {
		r.union(path, w, t)
		return
	}
	if w.Kind != t.Kind {
		if !promotes(w.Kind, t.Kind) {
			r.differs(path, "", "", w, t)
		}
		return
	}
	switch t.Kind {
	case types.Decimal:
		if w.Precision != t.Precision || w.Scale != t.Scale {
			r.differs(path, "a new field of the other type, beside this one", "; Avro reads a decimal only with the same precision and scale", w, t)
		}
	case types.Fixed:
		if w.Size != t.Size {
			r.differs(path, "", "", w, t)
		}
	case types.Enum:
		r.enum(path, w, t)
	case types.Array:
		r.types(path+"[]", w.Elem, t.Elem)
	case types.Map:
		r.types(path+"[]", w.Elem, t.Elem)
	case types.Record:
		r.record(path, w, t)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.String, types.Bytes,
		types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period,
		types.Geography, types.JSON, types.Union, types.Func, types.Var:
	}
}

// promotes tells which types Avro reads as others.
func promotes(from, to types.Kind) bool {
	switch from {
	case types.Int:
		return to == types.Long || to == types.Float || to == types.Double
	case types.Long:
		return to == types.Float || to == types.Double
	case types.Float:
		return to == types.Double
	case types.String:
		return to == types.Bytes
	}
	return false
}

func (r *resolution) enum(path string, w, t *types.Type) {
	var unknown []string
	for _, s := range w.Symbols {
		if !slices.Contains(t.Symbols, s) {
			unknown = append(unknown, s)
		}
	}
	switch {
	case len(unknown) == 0 || t.Default != "":
	case r.ahead:
		r.add(path, "give the enum a default first, and the symbols in a version behind that",
			"rows may hold %s by now, and the enum %s had no default to read that as", strings.Join(unknown, ", "), t.Name)
	default:
		r.add(path, "give the enum a default: enum "+t.Name+" { ... } default "+t.Symbols[0],
			"rows may hold %s, which the enum %s does not have", strings.Join(unknown, ", "), t.Name)
	}
}

func (r *resolution) record(path string, w, t *types.Type) {
	for _, f := range t.Fields {
		at := joinPath(path, f.Name)
		from := slices.IndexFunc(w.Fields, func(o types.Field) bool { return o.Name == f.Name })
		if from < 0 { // a field of the same name goes before one of an earlier name
			from = slices.IndexFunc(w.Fields, func(o types.Field) bool { return slices.Contains(f.Was, o.Name) })
		}
		switch {
		case from >= 0:
			r.types(at, w.Fields[from].Type, f.Type)
		case !f.HasDef && r.ahead:
			r.add(at, "keep it: "+f.Name+": "+f.Type.String(), "the field is gone, and had no default that it could be read as")
		case !f.HasDef && f.Type.Nullable:
			r.add(at, f.Name+": "+f.Type.String()+" = null"+earlier(w, t, f), "rows without the field cannot be read: it is new and has no default")
		case !f.HasDef:
			r.add(at, f.Name+": "+f.Type.String()+" = ...   (a default)"+earlier(w, t, f), "rows without the field cannot be read: it is new and has no default")
		}
	}
}

// earlier suggests an earlier name of a field that rows lack, where they have one other field
// that nothing reads, and it could be read as this one.
func earlier(w, t *types.Type, f types.Field) string {
	unread := ""
	for _, o := range w.Fields {
		if slices.ContainsFunc(t.Fields, func(g types.Field) bool { return g.Name == o.Name || slices.Contains(g.Was, o.Name) }) {
			continue
		}
		if unread != "" || len(Resolve(rowOf(o.Type), rowOf(f.Type))) > 0 {
			return ""
		}
		unread = o.Name
	}
	if unread == "" {
		return ""
	}
	return fmt.Sprintf(", or @was(%q) where it was called that", unread)
}

// rowOf is a row of one field.
func rowOf(t *types.Type) *types.Type {
	return types.RecordOf(types.Field{Name: "field", Type: t})
}

// union: every branch that was written needs one of the same name that reads it. A
// union reads rows of one of its branches, and a record those of a union with no
// other branch.
func (r *resolution) union(path string, w, t *types.Type) {
	written, read := branches(w), branches(t)
	if written == nil || read == nil {
		r.differs(path, "", "", w, t)
		return
	}
	for _, b := range written {
		i := slices.IndexFunc(read, func(o *types.Type) bool { return o.Name == b.Name })
		if i < 0 && r.ahead {
			r.add(path, "", "rows may be %s by now, which %s did not have", b.Name, t.NonNull())
			continue
		}
		if i < 0 {
			r.add(path, "keep "+b.Name+" among its branches", "rows may be %s, which %s does not have", b.Name, t.NonNull())
			continue
		}
		r.record(joinPath(path, b.Name), b, read[i])
	}
}

// branches are the records that a row of a type may be, nil for none.
func branches(t *types.Type) []*types.Type {
	switch {
	case t.Kind == types.Union:
		return t.Branches
	case t.Kind == types.Record && t.Name != "":
		return []*types.Type{t}
	}
	return nil
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
