// Package optimize makes a plan cheaper without changing what it means: constants
// are computed once, and so is what stages or streams have in common; stages that
// only pass rows on are taken out, and neighbours become one.
//
// Errors are results (SEMANTICS 90): no rule may add, remove or reorder one, or
// change which stage it is laid to. The named ends of streams and topics stay what
// they are, so that every stream can be counted, read and replaced as before.
// Nothing here runs, and nothing here changes the plan it was given.
package optimize

import (
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/plan"
)

// Options say how a plan is optimised.
type Options struct {
	// Skip names rules to leave out.
	Skip []string
	// After is told of the plan after each rule that changed it; it must not keep
	// the plan, which changes on.
	After func(rule string, g *plan.Graph)
}

// rule rewrites a plan in place and reports whether it did. Operators, types and
// expressions are shared with the plan Run was given: a rule replaces them, and
// never writes into them.
type rule struct {
	name  string
	apply func(g *plan.Graph) bool
}

// rules in the order in which they are tried.
func rules() []rule {
	return []rule{
		{"fold-constants", foldConstants},
		{"share-prefixes", sharePrefixes},
		{"drop-true-where", dropTrueWheres},
		{"push-where", pushWheres},
		{"push-through-windows", pushThroughWindows},
		{"push-through-unions", pushThroughUnions},
		{"push-into-joins", pushIntoJoins},
		{"push-before-aggregates", pushBeforeAggregates},
		{"merge-wheres", mergeWheres},
		{"merge-projects", mergeProjects},
		{"drop-identity", dropIdentities},
		{"share-expressions", shareExpressions},
		{"top-in-aggregate", topInAggregates},
		{"dedup-in-aggregate", dedupInAggregates},
		{"two-phase-aggregate", twoPhaseAggregates},
	}
}

// Rules are the names of the rules, in the order in which they are tried.
func Rules() []string {
	var names []string
	for _, r := range rules() {
		names = append(names, r.name)
	}
	return names
}

// Run gives a plan with the same results. Every rule takes a node out, moves a
// condition nearer to the topics, makes an expression smaller or computes once what was
// computed several times, so that trying them in turn comes to an end.
func Run(g *plan.Graph, opt Options) *plan.Graph {
	out := copied(g)
	for changed := true; changed; {
		changed = false
		for _, r := range rules() {
			if slices.Contains(opt.Skip, r.name) || !r.apply(out) {
				continue
			}
			changed = true
			if opt.After != nil {
				opt.After(r.name, out)
			}
		}
	}
	return out
}

// copied is a plan whose nodes and edges may be written to.
func copied(g *plan.Graph) *plan.Graph {
	out := *g
	out.Nodes = make([]*plan.Node, len(g.Nodes))
	for i, n := range g.Nodes {
		c := *n
		c.In, c.Ports = slices.Clone(n.In), slices.Clone(n.Ports)
		out.Nodes[i] = &c
	}
	out.Ends = maps.Clone(g.Ends)
	return &out
}
