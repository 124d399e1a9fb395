package build

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/exec"
)

// replacement is a version of the plan that waits for the end of a batch.
type replacement struct {
	nodes []*exec.Node
	own   *ownFunctions
	done  func(read []exec.TopicSummary, err error)
}

// Replace gives a running job another version of its plan, between two batches: with
// other modules, or other conditions and columns. done is called when it has been put in
// place, with the rows that each topic had taken in by then. An error says why the new
// plan cannot go on from the state of the old one.
//
// Expressions outside of operators, such as the time of a topic, must be the same. The
// job must have been made to be Replaceable.
func (j *Job) Replace(g *plan.Graph, done func(read []exec.TopicSummary, err error)) error {
	if !j.opt.Replaceable {
		return bug(errors.New("a plan is replaced in a job that was not made for it"))
	}
	if err := compatible(j.plan, g); err != nil {
		return err
	}
	params, err := paramValues(g, j.opt.Params)
	if err != nil {
		return err
	}
	own := newOwnFunctions(g, j.opt)
	b, err := physical(g, newEnv(params, own), j.opt.Alloc, false)
	if err != nil {
		return own.failed(err)
	}
	if err := b.identify(); err != nil { // what cannot be made is found here, not at the barrier
		return own.failed(err)
	}
	if earlier := j.pending.Swap(&replacement{b.out.Nodes, own, done}); earlier != nil {
		earlier.own.close() // a newer one has come before it was put in place
	}
	j.plan = g
	return nil
}

// between is called between two batches: it puts a replacement in place.
func (j *Job) between(instances exec.Barriers) exec.Barriers {
	return func() int {
		n := 0
		if instances != nil {
			n = instances()
		}
		next := j.pending.Swap(nil)
		if next == nil {
			return n
		}
		read := j.engine.Read()
		if err := j.engine.Replace(next.nodes); err != nil {
			next.own.close()
			next.done(read, err)
			return n
		}
		j.own.close() // no call runs now, and what still refers to them opens anew
		j.retired = append(j.retired, j.own)
		j.own = next.own
		next.done(read, nil)
		return max(n, j.opt.Parallel, 1)
	}
}

// pendingReplacement is one that waits, if any.
type pendingReplacement = atomic.Pointer[replacement]

// compatible says why a plan cannot go on where another is running: it has other nodes,
// or one that keeps state does something else.
func compatible(old, g *plan.Graph) error {
	if len(old.Nodes) != len(g.Nodes) {
		return fmt.Errorf("it has %d nodes, and %d are running", len(g.Nodes), len(old.Nodes))
	}
	for i, n := range g.Nodes {
		was := old.Nodes[i]
		switch {
		case n.Name != was.Name || !slices.Equal(n.In, was.In) || n.Errors != was.Errors || n.Late != was.Late:
			return fmt.Errorf("%s stands in the place of %s", n.Name, was.Name)
		case !slices.EqualFunc(n.Ports, was.Ports, samePort):
			return fmt.Errorf("%s has other columns", n.Name)
		case !swappable(n.Op) && !sameMeaning(was.Op, n.Op):
			return fmt.Errorf("%s does something else, and keeps state", n.Name)
		}
	}
	return nil
}

func samePort(a, b *types.Stream) bool {
	return a.Kind == b.Kind && slices.Equal(a.Key, b.Key) && slices.EqualFunc(a.Columns, b.Columns, func(x, y types.Column) bool {
		return x.Name == y.Name && types.Equal(x.Type, y.Type)
	})
}

// swappable reports operators that may do something else from one batch to the next.
func swappable(op plan.Op) bool {
	switch op.(type) {
	case *ir.Where, *ir.Project, *ir.Require, *ir.Unnest, *plan.Route:
		return true
	}
	return false
}
