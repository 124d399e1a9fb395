package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// maxMessage bounds a message: a file of this size is more than anybody edits.
const maxMessage = 64 << 20

// framed is a connection whose messages have headers with their length. A message that
// is none is answered, and the next one is read: nothing a client sends ends the
// connection but its end.
type framed struct {
	in    *bufio.Reader
	out   io.Writer
	close io.Closer
	mu    sync.Mutex // of out
}

// NewStream reads and writes messages with headers.
func NewStream(in io.Reader, out io.Writer, closer io.Closer) jsonrpc2.ObjectStream {
	return &framed{in: bufio.NewReaderSize(in, 64<<10), out: out, close: closer}
}

func (s *framed) Close() error { return s.close.Close() }

// WriteObject writes one message.
func (s *framed) WriteObject(obj any) error {
	data, err := json.Marshal(obj)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = fmt.Fprintf(s.out, "Content-Length: %d\r\n\r\n%s", len(data), data)
	return err
}

// ReadObject reads the next message that is one.
func (s *framed) ReadObject(v any) error {
	for {
		data, err := s.frame()
		if err != nil {
			return err
		}
		refusal := decode(data, v)
		if refusal == nil {
			return nil
		}
		if err := s.WriteObject(refusal); err != nil {
			return err
		}
	}
}

// frame reads one message's bytes. Lines that are no headers are passed over until one
// with a length comes.
func (s *framed) frame() ([]byte, error) {
	length := -1
	for {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		name, value, ok := strings.Cut(line, ":")
		switch {
		case line == "" && length >= 0:
			data := make([]byte, length)
			_, err := io.ReadFull(s.in, data)
			return data, err
		case ok && strings.EqualFold(strings.TrimSpace(name), "Content-Length"):
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 0 || n > maxMessage {
				n = -1
			}
			length = n
		}
	}
}

// line reads to the end of a line, of which a part too long for a header is dropped.
func (s *framed) line() (string, error) {
	var kept []byte
	for {
		part, err := s.in.ReadSlice('\n')
		if len(kept) < 4096 {
			kept = append(kept, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return "", err
		default:
			return strings.TrimRight(string(kept), "\r\n"), nil
		}
	}
}

// refusal answers what is no message.
type refusal struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   jsonrpc2.Error  `json:"error"`
}

// decode reads a message, or says why it is none.
func decode(data []byte, v any) *refusal {
	out := &refusal{Version: "2.0", ID: json.RawMessage("null")}
	if !json.Valid(data) {
		out.Error = jsonrpc2.Error{Code: jsonrpc2.CodeParseError, Message: "this is not JSON"}
		return out
	}
	if err := json.Unmarshal(data, v); err != nil {
		var with struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(data, &with) == nil && len(with.ID) > 0 {
			out.ID = with.ID
		}
		out.Error = jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "this is not a message: " + err.Error()}
		return out
	}
	return nil
}
