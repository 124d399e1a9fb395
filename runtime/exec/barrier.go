package exec

import "github.com/edynamic/edynamic/operators"

// Barriers says what happens between two pulls of rows, when nothing is on its way
// between operators: with how many instances to go on. 0 is no barrier. At a
// barrier every operator is written down, discarded, and made anew from what it
// wrote.
type Barriers func() (instances int)

// barrier carries every operator over to fresh instances.
func (e *Engine) barrier() {
	if e.opt.Barriers == nil || e.failed() {
		return
	}
	n := e.opt.Barriers()
	if n < 1 {
		return
	}
	for _, o := range e.ops {
		if !o.finished {
			o.check(o.remake(n))
		}
	}
}

// remake replaces the instances of an operator by n that go on from its state.
func (o *opNode) remake(n int) error {
	var states [][]byte
	for _, op := range o.instances() {
		s, err := op.Snapshot()
		if err != nil {
			return err
		}
		states = append(states, s)
	}
	if err := o.closeInstances(); err != nil {
		return err
	}
	if err := o.openInstances(n); err != nil {
		return err
	}
	return o.restore(states)
}

// instances are the operators that run, one or several.
func (o *opNode) instances() []operators.Operator {
	if o.split != nil {
		return o.split.instances
	}
	return []operators.Operator{o.op}
}

// instancesFrom is how many workers there must be for an operator to run as several
// instances. Two have enough to do with decoding, the driver and the sinks: dealing rows
// out and putting results back in order took longer than it saved for every operator
// that was measured (docs/performance.md).
const instancesFrom = 3

// openInstances makes n instances where the operator can be split and workers are many,
// else one.
func (o *opNode) openInstances(n int) error {
	o.split = nil
	op, err := o.node.Operator.New()
	if err != nil {
		return err
	}
	if _, ok := op.(operators.Parallel); !ok || o.node.Operator.Hash == nil || n < instancesFrom {
		err := o.open(op, operators.Whole)
		if err == nil {
			o.op = op
		}
		return err
	}
	o.op = op
	o.split = &split{node: o}
	for i := range n {
		if i > 0 {
			if op, err = o.node.Operator.New(); err != nil {
				return err
			}
		}
		if err := o.open(op, operators.Share{Index: i, Of: n}); err != nil {
			return err
		}
		o.split.instances = append(o.split.instances, op)
	}
	return nil
}

func (o *opNode) closeInstances() error {
	if o.split == nil {
		return o.op.Close()
	}
	return o.split.close()
}
