package remote

import (
	"bytes"
	"errors"

	"github.com/edynamic/edynamic/runtime/log"
)

// scanBytes is about how much of a Scan is answered at a time.
const scanBytes = 1 << 20

// service is what can be asked of a log. Its methods have the form that net/rpc wants.
type service struct{ log log.Log }

// Place is a partition and an event of it.
type Place struct {
	Topic     string
	Partition int
	Event     int64
	Bytes     int
}

// Entries are what was read, or what was wrong with it.
type Entries struct {
	Entries []log.Entry
	Damage  *log.Damage
}

// Topics answers for Log.Topics.
func (s *service) Topics(_ bool, out *[]log.Topic) error {
	*out = s.log.Topics()
	return nil
}

// Head answers for Log.Head.
func (s *service) Head(at Place, out *log.Head) (err error) {
	*out, err = s.log.Head(at.Topic, at.Partition)
	return err
}

// Read answers for Log.Read.
func (s *service) Read(at Place, out *Entries) (err error) {
	out.Entries, err = s.log.Read(at.Topic, at.Partition, at.Event, at.Bytes)
	if errors.As(err, &out.Damage) {
		return nil
	}
	return err
}

// Seek answers for Log.Seek.
func (s *service) Seek(at Place, out *int64) (err error) {
	*out, err = s.log.Seek(at.Topic, at.Partition, at.Event)
	return err
}

// Value is what Get and Blob have found; Has tells nothing from an empty one.
type Value struct {
	Has   bool
	Bytes []byte
}

// Get answers for Log.Get.
func (s *service) Get(key []byte, out *Value) (err error) {
	out.Bytes, err = s.log.Get(key)
	out.Has = out.Bytes != nil
	return err
}

// Blob answers for Log.Blob.
func (s *service) Blob(hash string, out *Value) (err error) {
	out.Bytes, err = s.log.Blob(hash)
	return err
}

// Range is the keys of a prefix that are behind one.
type Range struct{ Prefix, After []byte }

// Pairs are some keys with their values, and whether there are more.
type Pairs struct {
	Pairs []log.KeyValue
	More  bool
}

// Scan answers for a part of Log.Scan.
func (s *service) Scan(of Range, out *Pairs) error {
	size := 0
	return s.log.Scan(of.Prefix, func(key, value []byte) bool {
		if of.After != nil && bytes.Compare(key, of.After) <= 0 {
			return true
		}
		if size >= scanBytes {
			out.More = true
			return false
		}
		out.Pairs = append(out.Pairs, log.KeyValue{Key: bytes.Clone(key), Value: bytes.Clone(value)})
		size += len(key) + len(value)
		return true
	})
}
