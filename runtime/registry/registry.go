// Package registry keeps the versions of the schema of each topic in a log, as Avro
// with their fingerprints, and says which new version breaks what a topic promises.
//
// It never changes a version that is there, and never numbers one anew: stored rows
// name theirs for as long as they are kept.
package registry

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log"
)

// Registry is the schemas of a log. Its methods may be called from several goroutines.
type Registry struct {
	log log.Log

	mu    sync.Mutex
	types map[key]*types.Type // that were read
}

type key struct {
	topic   string
	version int32
}

// Version is one schema of a topic.
type Version struct {
	Number int32  // from 1
	Schema []byte // Avro, as JSON
	// Fingerprint is the SHA-256 of the schema's canonical form.
	Fingerprint string
	Since       time.Time
}

// Open reads the registry of a log.
func Open(l log.Log) *Registry { return &Registry{log: l, types: map[key]*types.Type{}} }

// prefix begins the keys of a topic's versions.
func prefix(topic string) []byte { return []byte("schema/" + topic + "\x00") }

// stored is a version as it is kept.
type stored struct {
	Schema      json.RawMessage
	Fingerprint string
	Since       int64 // microseconds
}

// Versions are the schemas of a topic, the oldest first.
func (r *Registry) Versions(topic string) ([]Version, error) {
	var out []Version
	var wrong error
	err := r.log.Scan(prefix(topic), func(k, value []byte) bool {
		var s stored
		if len(k) < 4 || json.Unmarshal(value, &s) != nil {
			wrong = fmt.Errorf("a schema of topic %s cannot be read", topic)
			return false
		}
		out = append(out, Version{
			Number: int32(binary.BigEndian.Uint32(k[len(k)-4:])), Schema: slices.Clone(s.Schema),
			Fingerprint: s.Fingerprint, Since: time.UnixMicro(s.Since).UTC(),
		})
		return true
	})
	if err == nil {
		err = wrong
	}
	return out, err
}

// Type is the row type of a version.
func (r *Registry) Type(topic string, version int32) (*types.Type, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.types[key{topic, version}]; t != nil {
		return t, nil
	}
	versions, err := r.Versions(topic)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		t, err := avro.Import(v.Schema)
		if err != nil {
			return nil, fmt.Errorf("version %d of the schema of topic %s: %w", v.Number, topic, err)
		}
		r.types[key{topic, v.Number}] = t
	}
	if t := r.types[key{topic, version}]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("rows of topic %s have version %d of its schema, which there is not", topic, version)
}

// Types are the row types of all versions of a topic, the oldest first.
func (r *Registry) Types(topic string) ([]*types.Type, error) {
	versions, err := r.Versions(topic)
	if err != nil {
		return nil, err
	}
	var out []*types.Type
	for _, v := range versions {
		t, err := r.Type(topic, v.Number)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// Check tells where rows of a type would break what a topic promises. The version that
// is there already breaks nothing.
func (r *Registry) Check(topic string, promise avro.Compatibility, row *types.Type) ([]avro.Break, error) {
	before, err := r.Types(topic)
	if err != nil {
		return nil, err
	}
	if len(before) > 0 && types.Equal(before[len(before)-1], row) {
		before = nil // it is the newest version already
	}
	return avro.Check(promise, before, row)
}

// Add makes a type the newest version of a topic's schema, where it is not that already,
// and returns its number.
func (r *Registry) Add(topic string, row *types.Type, now time.Time) (int32, error) {
	schema, err := avro.Export(row, avro.Options{Name: topic})
	if err != nil {
		return 0, fmt.Errorf("topic %s: %w", topic, err)
	}
	versions, err := r.Versions(topic)
	if err != nil {
		return 0, err
	}
	next := int32(1)
	if n := len(versions); n > 0 {
		last := versions[n-1]
		if string(last.Schema) == string(schema) {
			return last.Number, nil
		}
		next = last.Number + 1
	}
	sum, err := avro.SHA256(schema)
	if err != nil {
		return 0, fmt.Errorf("topic %s: %w", topic, err)
	}
	value, err := json.Marshal(stored{Schema: schema, Fingerprint: hex.EncodeToString(sum[:]), Since: now.UnixMicro()})
	if err != nil {
		return 0, fmt.Errorf("topic %s: %w", topic, err)
	}
	// Rows that have the version are made last after it, and nothing else needs it.
	_, err = r.log.Commit(&log.Tx{NoSync: true, Set: []log.KeyValue{{Key: binary.BigEndian.AppendUint32(prefix(topic), uint32(next)), Value: value}}})
	return next, err
}
