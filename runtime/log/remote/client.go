package remote

import (
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"slices"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/sorted"
)

// ErrReadOnly is the error of writing to a log of another process.
var ErrReadOnly = errors.New("the log belongs to another process and can only be read")

// Dial reads the log of the process that has a folder open. An error says that nobody
// answers.
func Dial(dir string) (log.Log, error) {
	conn, err := net.Dial("unix", socket(dir))
	if err != nil {
		return nil, fmt.Errorf("nobody answers for the data folder %s: %w", dir, err)
	}
	return &client{rpc.NewClient(conn)}, nil
}

// Ended reports the error of a process that has gone, or has let go of the folder.
func Ended(err error) bool {
	var op *net.OpError
	return errors.Is(err, rpc.ErrShutdown) || errors.Is(err, net.ErrClosed) || errors.As(err, &op) || errors.Is(err, errGone)
}

var errGone = errors.New("the process that had the log open has ended")

type client struct{ rpc *rpc.Client }

func (c *client) call(method string, args, reply any) error {
	err := c.rpc.Call(serviceName+"."+method, args, reply)
	var said rpc.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && string(said) == log.ErrClosed.Error():
		return errGone
	case errors.As(err, &said):
		return errors.New(string(said))
	}
	return fmt.Errorf("%w: %w", errGone, err)
}

// Topic implements log.Log.
func (c *client) Topic(name string) (log.Topic, bool) {
	all := c.Topics()
	at := slices.IndexFunc(all, func(t log.Topic) bool { return t.Name == name })
	if at < 0 {
		return log.Topic{}, false
	}
	return all[at], true
}

// Topics implements log.Log; there are none of a process that has ended.
func (c *client) Topics() []log.Topic {
	var out []log.Topic
	if c.call("Topics", true, &out) != nil {
		return nil
	}
	return out
}

// Head implements log.Log.
func (c *client) Head(topic string, partition int) (h log.Head, err error) {
	err = c.call("Head", Place{Topic: topic, Partition: partition}, &h)
	return h, err
}

// Read implements log.Log.
func (c *client) Read(topic string, partition int, from int64, size int) ([]log.Entry, error) {
	var out Entries
	err := c.call("Read", Place{topic, partition, from, size}, &out)
	if err == nil && out.Damage != nil {
		err = out.Damage
	}
	return out.Entries, err
}

// Seek implements log.Log.
func (c *client) Seek(topic string, partition int, time int64) (at int64, err error) {
	err = c.call("Seek", Place{Topic: topic, Partition: partition, Event: time}, &at)
	return at, err
}

// Get implements log.Log.
func (c *client) Get(key []byte) ([]byte, error) {
	var v Value
	if err := c.call("Get", key, &v); err != nil || !v.Has {
		return nil, err
	}
	return append([]byte{}, v.Bytes...), nil
}

// Scan implements log.Log.
func (c *client) Scan(prefix []byte, f func(key, value []byte) bool) error {
	of := Range{Prefix: prefix}
	for {
		var out Pairs
		if err := c.call("Scan", of, &out); err != nil {
			return err
		}
		for _, kv := range out.Pairs {
			if !f(kv.Key, kv.Value) {
				return nil
			}
			of.After = kv.Key
		}
		if !out.More {
			return nil
		}
	}
}

// Sorted implements log.Log.
func (*client) Sorted([]byte) (*sorted.Set, int, error) { return nil, 0, ErrReadOnly }

// Blob implements log.Log.
func (c *client) Blob(hash string) ([]byte, error) {
	var v Value
	err := c.call("Blob", hash, &v)
	return v.Bytes, err
}

// Close implements log.Log.
func (c *client) Close() error {
	if err := c.rpc.Close(); err != nil && !errors.Is(err, rpc.ErrShutdown) {
		return err
	}
	return nil
}

// Declare implements log.Log.
func (*client) Declare(log.Topic) error { return ErrReadOnly }

// Commit implements log.Log.
func (*client) Commit(*log.Tx) ([]log.Appended, error) { return nil, ErrReadOnly }

// Ahead implements log.Log.
func (*client) Ahead(string) (log.Ahead, error) { return nil, ErrReadOnly }

// Trim implements log.Log.
func (*client) Trim(string, int, int64) error { return ErrReadOnly }

// Compact implements log.Log.
func (*client) Compact(string, int, log.Compaction) error { return ErrReadOnly }

// PutBlob implements log.Log.
func (*client) PutBlob([]byte) (string, error) { return "", ErrReadOnly }

// Claim implements log.Log.
func (*client) Claim(string, []int, string) error { return ErrReadOnly }

// Release implements log.Log.
func (*client) Release(string, string) error { return ErrReadOnly }
