package operators

// Share is which of the instances of an operator one is: the keys are its own whose hash leaves
// Index when it is divided by Of. The zero Share says nothing.
type Share struct{ Index, Of int }

// Whole is the share of an instance that is alone.
var Whole = Share{Index: 0, Of: 1}

// Mine are the keys of a share, nil for all.
func (s Share) Mine() Mine {
	if s.Of <= 1 {
		return nil
	}
	return func(hash uint64) bool { return hash%uint64(s.Of) == uint64(s.Index) }
}

// Apart reports that no key is of both shares.
func (s Share) Apart(other Share) bool {
	if s.Of == 0 || other.Of == 0 {
		return false
	}
	common := s.Of
	for rest := other.Of; rest != 0; {
		common, rest = rest, common%rest
	}
	return s.Index%common != other.Index%common
}
