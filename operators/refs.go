package operators

import "github.com/edynamic/edynamic/vm/wire"

// RefCodec carries references to records through a snapshot: a record that was
// read back gives the same text, origin, place and columns.
type RefCodec interface {
	Save(w *wire.Writer, refs []Ref) error
	// Load reads as many references as Save was given.
	Load(r *wire.Reader) []Ref
}

// SaveRefs writes the references of a batch; codec and refs may be nil.
func SaveRefs(codec RefCodec, w *wire.Writer, refs []Ref) error {
	w.Bool(codec != nil && refs != nil)
	if codec == nil || refs == nil {
		return nil
	}
	return codec.Save(w, refs)
}

// LoadRefs reads what SaveRefs wrote.
func LoadRefs(codec RefCodec, r *wire.Reader) []Ref {
	if !r.Bool() || codec == nil {
		return nil
	}
	return codec.Load(r)
}
