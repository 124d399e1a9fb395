package avro

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	lib "github.com/hamba/avro/v2"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

var magic = []byte("Obj\x01")

// maxBlock limits what a length in a damaged file can make us allocate.
const maxBlock = 1 << 30

// blocks reads an object container: a header, then blocks of records.
type blocks struct {
	in     *bufio.Reader
	schema lib.Schema
	codec  string
	sync   [16]byte
	count  int64 // blocks read
}

func newBlocks(r io.Reader) (*blocks, error) {
	b := &blocks{in: bufio.NewReaderSize(r, 64<<10), codec: "null"}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(b.in, head); err != nil || !bytes.Equal(head, magic) {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, errors.New("it is not an Avro object file")
	}
	if err := b.metadata(); err != nil {
		return nil, fmt.Errorf("its header is damaged: %w", err)
	}
	if _, err := io.ReadFull(b.in, b.sync[:]); err != nil {
		return nil, fmt.Errorf("its header is damaged: %w", err)
	}
	return b, nil
}

// metadata reads the map of settings in the header.
func (b *blocks) metadata() error {
	for {
		n, err := binary.ReadVarint(b.in)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if n < 0 {
			// A negative count is followed by the size of the block.
			if _, err := binary.ReadVarint(b.in); err != nil {
				return err
			}
			n = -n
		}
		for ; n > 0; n-- {
			key, err := b.bytes()
			if err != nil {
				return err
			}
			value, err := b.bytes()
			if err != nil {
				return err
			}
			switch string(key) {
			case "avro.schema":
				if b.schema, err = lib.ParseWithCache(string(value), "", &lib.SchemaCache{}); err != nil {
					return err
				}
			case "avro.codec":
				b.codec = string(value)
			}
		}
	}
	if b.schema == nil {
		return errors.New("it has no schema")
	}
	return nil
}

func (b *blocks) bytes() ([]byte, error) {
	n, err := binary.ReadVarint(b.in)
	if err != nil {
		return nil, err
	}
	if n < 0 || n > maxBlock {
		return nil, fmt.Errorf("a length of %d bytes", n)
	}
	// Growing as it is read, a false length costs no more than the file is long.
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, b.in, n); err != nil {
		return nil, noEOF(err)
	}
	return buf.Bytes(), nil
}

// noEOF makes the end of the input inside a block an error.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// next reads a block: how many records it holds, and their bytes.
func (b *blocks) next() (count int64, data []byte, err error) {
	count, err = binary.ReadVarint(b.in)
	if err == io.EOF {
		return 0, nil, io.EOF
	}
	if err == nil {
		data, err = b.bytes()
	}
	if err == nil && count < 0 {
		err = fmt.Errorf("a count of %d records", count)
	}
	var mark [16]byte
	if err == nil {
		_, err = io.ReadFull(b.in, mark[:])
	}
	if err == nil && mark != b.sync {
		err = errors.New("its mark is not that of the file")
	}
	if err == nil {
		data, err = unpack(b.codec, data)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("block %d is damaged: %w", b.count, noEOF(err))
	}
	b.count++
	return count, data, nil
}

func unpack(codec string, data []byte) ([]byte, error) {
	switch codec {
	case "null":
		return data, nil
	case "deflate":
		return io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxBlock))
	case "snappy":
		if len(data) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		sum := binary.BigEndian.Uint32(data[len(data)-4:])
		out, err := snappy.Decode(nil, data[:len(data)-4])
		if err == nil && crc32.ChecksumIEEE(out) != sum {
			err = errors.New("its checksum does not match")
		}
		return out, err
	case "zstandard":
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return z.DecodeAll(data, nil)
	}
	return nil, fmt.Errorf("its codec %q is not known", codec)
}

// packer writes an object container.
type packer struct {
	w     io.Writer
	codec string
	sync  [16]byte
	zstd  *zstd.Encoder
}

func newPacker(w io.Writer, schema, codec string) (*packer, error) {
	p := &packer{w: w, codec: codec}
	// The mark only has to be unlikely to occur in the data. It comes from the
	// schema and not from chance: the same rows must give the same file.
	sum := crc32.ChecksumIEEE([]byte(schema))
	for i := range 4 {
		binary.BigEndian.PutUint32(p.sync[4*i:], sum+uint32(i)*0x9e3779b9)
	}
	if codec == "zstandard" {
		var err error
		if p.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, err
		}
	}
	head := append([]byte(nil), magic...)
	head = binary.AppendVarint(head, 2)
	head = appendText(appendText(head, "avro.schema"), schema)
	head = appendText(appendText(head, "avro.codec"), codec)
	head = append(binary.AppendVarint(head, 0), p.sync[:]...)
	_, err := w.Write(head)
	return p, err
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// block writes a number of records.
func (p *packer) block(count int, data []byte) error {
	data, err := p.pack(data)
	if err != nil {
		return err
	}
	head := binary.AppendVarint(nil, int64(count))
	head = binary.AppendVarint(head, int64(len(data)))
	for _, part := range [][]byte{head, data, p.sync[:]} {
		if _, err := p.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) pack(data []byte) ([]byte, error) {
	switch p.codec {
	case "deflate":
		var out bytes.Buffer
		z, err := flate.NewWriter(&out, flate.DefaultCompression)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(data); err != nil {
			return nil, err
		}
		err = z.Close()
		return out.Bytes(), err
	case "snappy":
		out := snappy.Encode(nil, data)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data)), nil
	case "zstandard":
		return p.zstd.EncodeAll(data, nil), nil
	}
	return data, nil
}
