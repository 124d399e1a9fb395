package packed

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/edynamic/edynamic/vm/wire"
)

// mostText is the bytes that the texts of a column have together, at most.
const mostText = 1<<31 - 1

// Texts are where texts stand among bytes: from one byte up to another.
type Texts struct {
	Bytes    []byte
	From, To []int32
}

// texts are the values of a column.
type texts struct {
	Texts
	whole bool // they stand one behind the other, with nothing between them
	valid func(i int) bool
}

func (t *Texts) at(i int) []byte { return t.Bytes[t.From[i]:t.To[i]] }

func (t *Texts) len() int { return len(t.From) }

// Texts writes texts that are in no array as a column of a type, of strings or bytes, without
// nulls.
func (p *Packer) Texts(w *wire.Writer, column int, typ arrow.DataType, t Texts) {
	w.Uint(uint64(text))
	text.write(w, typ)
	if t.len() == 0 {
		return
	}
	w.Bool(false)
	p.text(w, p.habits(column), &texts{Texts: t})
}

// text writes a column of texts, as numbers of different ones where those are few.
func (p *Packer) text(w *wire.Writer, h *habits, t *texts) {
	if t.len() == 0 {
		return
	}
	if h.repeats.due() {
		found := p.find(t)
		h.repeats.paid(found)
		if found {
			w.Bool(true)
			w.Uint(uint64(p.different.len()))
			p.each(w, h, &p.different)
			p.writePicks(w)
			return
		}
	}
	w.Bool(false)
	p.each(w, h, t)
}

func textsOf(a arrow.Array) *texts {
	t := &texts{whole: true}
	if buffers := a.Data().Buffers(); buffers[1] != nil && buffers[1].Len() > 0 {
		ends := arrow.Int32Traits.CastFromBytes(buffers[1].Bytes())[a.Data().Offset():][:a.Len()+1]
		t.From, t.To = ends[:a.Len()], ends[1:]
		if buffers[2] != nil {
			t.Bytes = buffers[2].Bytes()
		}
	}
	if a.NullN() > 0 {
		t.valid = a.IsValid
	}
	return t
}

// each writes texts one by one: what all begin with, and what is behind that. What those
// written before began with mostly is what these do, too.
func (p *Packer) each(w *wire.Writer, h *habits, t *texts) {
	if len(h.begin) > 0 && p.tails(w, h, t) {
		return
	}
	h.begin = append(h.begin[:0], t.common()...)
	p.tails(w, h, t)
}

// tails writes what is behind the beginning: numbers, or how long texts are and their bytes;
// false where one does not begin so.
func (p *Packer) tails(w *wire.Writer, h *habits, t *texts) bool {
	switch p.digits(w, h, t) {
	case fits:
		return true
	case beginsElse:
		return false
	case isOther:
	}
	if !p.cut(t, h.begin) {
		return false
	}
	w.Bytes(h.begin)
	w.Uint(uint64(otherText))
	p.Numbers(w, p.counts)
	if len(h.begin) == 0 && t.whole && t.valid == nil {
		p.section(w, h, t.Bytes[t.From[0]:t.To[t.len()-1]])
		return true
	}
	p.section(w, h, p.rest)
	return true
}

// cut finds how long texts are, and what is behind their beginning where not all of them is;
// false where one does not begin so.
func (p *Packer) cut(t *texts, begin []byte) bool {
	p.counts = slices.Grow(p.counts[:0], t.len())[:t.len()]
	size := 0
	for i := range p.counts {
		n := int(t.To[i] - t.From[i])
		p.counts[i], size = int64(n), size+n
	}
	if len(begin) == 0 && t.whole && t.valid == nil {
		return true
	}
	// Some more, as short ones are copied with bytes behind them.
	rest := slices.Grow(p.rest[:0], size+shortRest)
	for i := range p.counts {
		if t.valid != nil && !t.valid(i) {
			p.counts[i] = int64(len(begin))
			continue
		}
		is := t.at(i)
		if !bytes.HasPrefix(is, begin) {
			return false
		}
		from, n := int(t.From[i])+len(begin), len(is)-len(begin)
		if n <= shortRest && from+shortRest <= len(t.Bytes) {
			*(*[shortRest]byte)(rest[len(rest) : len(rest)+shortRest]) = [shortRest]byte(t.Bytes[from:])
			rest = rest[:len(rest)+n]
			continue
		}
		rest = append(rest, is[len(begin):]...)
	}
	p.rest = rest
	return true
}

// shortRest is how many bytes are copied at once.
const shortRest = 16

// leastCommon is how many bytes texts must have in common at their beginning for that to be
// left out.
const leastCommon = 4

// common is what all texts begin with.
func (t *texts) common() []byte {
	var common []byte
	begun := false
	for i := range t.len() {
		if t.valid != nil && !t.valid(i) {
			continue
		}
		is := t.at(i)
		if !begun {
			begun, common = true, is
			continue
		}
		if !bytes.HasPrefix(is, common) {
			common = common[:shared(is, common)]
		}
		if len(common) < leastCommon {
			return nil
		}
	}
	return common
}

// shared is how many bytes two texts have in common at their beginning.
func shared(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// readTexts reads a column of texts.
func readTexts(r *wire.Reader, n int, valid []byte) (ends []int32, values []byte, err error) {
	if n == 0 {
		return make([]int32, 1), nil, nil
	}
	if !r.Bool() {
		return readEach(r, n, valid)
	}
	many := r.Uint()
	if many > uint64(n) || many == 0 {
		return nil, nil, errDamaged
	}
	from, different, err := readEach(r, int(many), nil)
	if err != nil {
		return nil, nil, err
	}
	picks, err := Numbers(r, n)
	if err != nil {
		return nil, nil, err
	}
	size := 0
	for i, pick := range picks {
		if pick < 0 || pick >= int64(many) {
			return nil, nil, errDamaged
		}
		if valid == nil || bitutil.BitIsSet(valid, i) {
			size += int(from[pick+1] - from[pick])
		}
	}
	if size > mostText {
		return nil, nil, errDamaged
	}
	ends, values = make([]int32, n+1), make([]byte, 0, size)
	for i, pick := range picks {
		if valid == nil || bitutil.BitIsSet(valid, i) {
			values = append(values, different[from[pick]:from[pick+1]]...)
		}
		ends[i+1] = int32(len(values))
	}
	return ends, values, nil
}

// readEach reads texts that were written one by one.
func readEach(r *wire.Reader, n int, valid []byte) (ends []int32, values []byte, err error) {
	common := r.Bytes()
	if how := r.Uint(); how != uint64(otherText) {
		return readDigits(r, n, valid, common, how)
	}
	counts, err := Numbers(r, n)
	if err != nil {
		return nil, nil, err
	}
	ends = make([]int32, n+1)
	size, rest := 0, 0
	for i, count := range counts {
		if count < int64(len(common)) || count > mostText {
			return nil, nil, errDamaged
		}
		rest += int(count) - len(common)
		if valid == nil || bitutil.BitIsSet(valid, i) {
			size += int(count)
		}
		if max(size, rest) > mostText {
			return nil, nil, errDamaged
		}
		ends[i+1] = int32(size)
	}
	behind, err := readSection(r, rest)
	if err != nil {
		return nil, nil, err
	}
	if len(common) == 0 && rest == size {
		return ends, behind, nil
	}
	values = make([]byte, 0, size)
	for i, count := range counts {
		count -= int64(len(common))
		if valid == nil || bitutil.BitIsSet(valid, i) {
			values = append(append(values, common...), behind[:count]...)
		}
		behind = behind[count:]
	}
	return ends, values, nil
}
