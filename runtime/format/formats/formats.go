// Package formats lists the wire formats: the one table that the connectors, the
// checker's catalog and the documentation are made from.
package formats

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/arrowipc"
	"github.com/edynamic/edynamic/runtime/format/avro"
	"github.com/edynamic/edynamic/runtime/format/csv"
	"github.com/edynamic/edynamic/runtime/format/debezium"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/format/parquet"
)

// All are the formats, the most common first.
func All() []format.Format {
	return []format.Format{
		ndjson.Lines(),
		ndjson.JSON(),
		csv.Comma(),
		csv.Tab(),
		arrowipc.File(),
		arrowipc.Stream(),
		parquet.Format(),
		avro.Format(),
		debezium.Format(),
	}
}

// ByName finds a format.
func ByName(name string) (format.Format, bool) {
	return find(func(f format.Format) bool { return f.Name == name })
}

// ByExtension finds the format of files that end in an extension such as .csv.
func ByExtension(extension string) (format.Format, bool) {
	extension = strings.ToLower(extension)
	return find(func(f format.Format) bool { return slices.Contains(f.Extensions, extension) })
}

func find(is func(format.Format) bool) (format.Format, bool) {
	all := All()
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return format.Format{}, false
	}
	return all[i], true
}

// Names are the names of all formats, in the order of All.
func Names() []string {
	var out []string
	for _, f := range All() {
		out = append(out, f.Name)
	}
	return out
}
