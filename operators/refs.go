package operators

import "github.com/edynamic/edynamic/vm/wire"

// RefCodec carries references to records through a snapshot: a record that was
// read back gives the same text, origin, place and columns.
type RefCodec interface {
	Save(w *wire.Writer, refs []Ref) error
	// Load reads as many references as Save was given.
	Load(r *wire.Reader) []Ref
	// SaveEach writes references so that each can be read by itself, and gives the bytes of
	// each.
	SaveEach(refs []Ref) ([][]byte, error)
	// LoadOne reads the bytes of a reference, and keeps them.
	LoadOne(saved []byte) (Ref, error)
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
