package keycode

import (
	"bytes"
	"maps"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Single elements have the codes that all of a column have, also in a part of it, and where
// one stands for all rows.
func TestOne(t *testing.T) {
	samples := maps.Clone(samples)
	samples["uuid"] = sample{types.TUUID, `["AAECAwQFBgcICQoLDA0ODw==", null, "/////////////////////w=="]`}
	samples["nothing"] = sample{types.TString, `[]`}
	for name, s := range samples {
		all := fromJSON(t, s.t, s.values)
		for _, mode := range []Mode{Key, Exact} {
			vectors := []kernel.Vector{{Type: s.t, Arr: all}}
			for from := range all.Len() {
				part := array.NewSlice(all, int64(from), int64(all.Len()))
				vectors = append(vectors, kernel.Vector{Type: s.t, Arr: part},
					kernel.Vector{Type: s.t, Arr: array.NewSlice(all, int64(from), int64(from)+1), Scalar: true})
			}
			for _, v := range vectors {
				one, code := OneOf(v, mode), Of(v, mode)
				for i := range v.Arr.Len() {
					if got, want := one.Append([]byte("x"), i), code([]byte("x"), i); !bytes.Equal(got, want) {
						t.Errorf("%s, mode %d: element %d of %v is %x, want %x", name, mode, i, v.Arr, got, want)
					}
				}
			}
		}
	}
}
