package vm

// A selection lists rows in ascending order; nil stands for all rows of a batch.

// count is the number of rows selected.
func count(n int, sel []int32) int {
	if sel == nil {
		return n
	}
	return len(sel)
}

func eachRow(n int, sel []int32, f func(row int32)) {
	if sel == nil {
		for i := range n {
			f(int32(i))
		}
		return
	}
	for _, i := range sel {
		f(i)
	}
}

// without is the rows of sel that did not fail; sel itself when none did.
func (f *frame) without(sel []int32, errs *Errors) []int32 {
	if !errs.Any() {
		return sel
	}
	out, k := f.buffer(count(f.n, sel)), 0
	eachRow(f.n, sel, func(row int32) {
		if !errs.Has(int(row)) {
			out[k] = row
			k++
		}
	})
	return out[:k]
}

// minus is the rows of sel that are not in sub, which is a part of it.
func (f *frame) minus(sel, sub []int32) []int32 {
	out, k, j := f.buffer(count(f.n, sel)), 0, 0
	if sel == nil {
		for i := range int32(f.n) {
			if j < len(sub) && sub[j] == i {
				j++
				continue
			}
			out[k] = i
			k++
		}
		return out[:k]
	}
	for _, i := range sel {
		if j < len(sub) && sub[j] == i {
			j++
			continue
		}
		out[k] = i
		k++
	}
	return out[:k]
}

// union merges two selections without common rows.
func (f *frame) union(a, b []int32) []int32 {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	out, i, j := f.buffer(len(a)+len(b)), 0, 0
	for k := range out {
		if j == len(b) || i < len(a) && a[i] < b[j] {
			out[k] = a[i]
			i++
			continue
		}
		out[k] = b[j]
		j++
	}
	return out
}
