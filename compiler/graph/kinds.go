package graph

import (
	"reflect"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// kind is what an interface of the program can hold, with its word in the archive.
// The words are part of the format: they may be added to, and never changed.
type kind struct {
	word string
	of   reflect.Type // the struct; the interface holds a pointer to it
}

var exprKinds = []kind{
	{"const", reflect.TypeFor[ir.Const]()},
	{"column", reflect.TypeFor[ir.Column]()},
	{"local", reflect.TypeFor[ir.Local]()},
	{"param", reflect.TypeFor[ir.Param]()},
	{"field", reflect.TypeFor[ir.Field]()},
	{"union_field", reflect.TypeFor[ir.UnionField]()},
	{"is_branch", reflect.TypeFor[ir.IsBranch]()},
	{"as_branch", reflect.TypeFor[ir.AsBranch]()},
	{"unary", reflect.TypeFor[ir.Unary]()},
	{"binary", reflect.TypeFor[ir.Binary]()},
	{"and", reflect.TypeFor[ir.And]()},
	{"or", reflect.TypeFor[ir.Or]()},
	{"if", reflect.TypeFor[ir.If]()},
	{"is_null", reflect.TypeFor[ir.IsNull]()},
	{"coalesce", reflect.TypeFor[ir.Coalesce]()},
	{"try", reflect.TypeFor[ir.Try]()},
	{"not_null", reflect.TypeFor[ir.NotNull]()},
	{"cast", reflect.TypeFor[ir.Cast]()},
	{"in", reflect.TypeFor[ir.In]()},
	{"call", reflect.TypeFor[ir.Call]()},
	{"lambda", reflect.TypeFor[ir.Lambda]()},
	{"make_record", reflect.TypeFor[ir.MakeRecord]()},
	{"make_union", reflect.TypeFor[ir.MakeUnion]()},
	{"make_list", reflect.TypeFor[ir.MakeList]()},
}

var operatorKinds = []kind{
	{"where", reflect.TypeFor[ir.Where]()},
	{"project", reflect.TypeFor[ir.Project]()},
	{"require", reflect.TypeFor[ir.Require]()},
	{"unnest", reflect.TypeFor[ir.Unnest]()},
	{"key_by", reflect.TypeFor[ir.KeyBy]()},
	{"time", reflect.TypeFor[ir.Time]()},
	{"window", reflect.TypeFor[ir.Window]()},
	{"window_none", reflect.TypeFor[ir.WindowNone]()},
	{"aggregate", reflect.TypeFor[ir.Aggregate]()},
	{"top", reflect.TypeFor[ir.Top]()},
	{"latest", reflect.TypeFor[ir.Latest]()},
	{"dedup", reflect.TypeFor[ir.Dedup]()},
	{"sort", reflect.TypeFor[ir.Sort]()},
	{"limit", reflect.TypeFor[ir.Limit]()},
	{"sample", reflect.TypeFor[ir.Sample]()},
	{"union", reflect.TypeFor[ir.Union]()},
	{"match", reflect.TypeFor[ir.Match]()},
	{"changes", reflect.TypeFor[ir.Changes]()},
	{"into", reflect.TypeFor[ir.Into]()},
	{"over", reflect.TypeFor[ir.Over]()},
	{"join", reflect.TypeFor[ir.Join]()},
	{"asof", reflect.TypeFor[ir.Asof]()},
	{"lookup", reflect.TypeFor[ir.Lookup]()},
	{"on_time", reflect.TypeFor[ir.OnTime]()},
	{"clock", reflect.TypeFor[ir.Clock]()},
	{"upserts", reflect.TypeFor[ir.Upserts]()},
	{"expire", reflect.TypeFor[ir.Expire]()},
	{"hold", reflect.TypeFor[ir.Hold]()},
	{"silent", reflect.TypeFor[ir.Silent]()},
	{"throttle", reflect.TypeFor[ir.Throttle]()},
	{"changed", reflect.TypeFor[ir.Changed]()},
	{"view", reflect.TypeFor[ir.View]()},
	{"place", reflect.TypeFor[ir.Place]()},
}

// planKinds are what a node of the graph does: a stage, or what only graphs have.
var planKinds = append(operatorKinds[:len(operatorKinds):len(operatorKinds)],
	kind{"topic", reflect.TypeFor[plan.Topic]()},
	kind{"route", reflect.TypeFor[plan.Route]()},
	kind{"drop", reflect.TypeFor[plan.Drop]()},
	kind{"sink", reflect.TypeFor[plan.Sink]()},
)

// kindsOf are the kinds of each interface.
var kindsOf = map[reflect.Type][]kind{
	reflect.TypeFor[ir.Expr]():     exprKinds,
	reflect.TypeFor[ir.Operator](): operatorKinds,
	reflect.TypeFor[plan.Op]():     planKinds,
}

// words are how the values of enumerations are written, in the order of their
// declaration, so that inserting one does not change old archives.
var words = map[reflect.Type][]string{
	reflect.TypeFor[ir.Op]():            {"add", "sub", "mul", "div", "mod", "eq", "ne", "lt", "le", "gt", "ge", "neg", "not"},
	reflect.TypeFor[types.Kind]():       kindWords(),
	reflect.TypeFor[types.StreamKind](): {"append", "changes"},
	reflect.TypeFor[types.TimeKind]():   {"none", "event", "processing"},
}

func kindWords() []string {
	var out []string
	for k := types.Unknown; k <= types.Var; k++ {
		out = append(out, k.String())
	}
	return out
}

// optional are the parts of a program that may be missing; every other pointer and
// expression is there.
var optional = map[string]bool{
	"Topic.Time":           true,
	"AggCall.Where":        true,
	"Arm.When":             true,
	"Require.Else":         true,
	"Over.LateTo":          true,
	"OverCall.Default":     true,
	"Window.LateTo":        true,
	"Stream.Window":        true,
	"Rel.Pipeline":         true,
	"Route.Otherwise":      true,
	"TestStep.Set":         true,
	"TestStep.Given":       true,
	"TestStep.Advance":     true,
	"TestStep.Expect":      true,
	"Type.Elem":            true,
	"TestGiven.Row":        true,
	"TestExpect.Row":       true,
	"Topic.Row":            true, // of plan.Topic: nil for the whole row
	"Match.LateTo":         true,
	"MatchInput.LateTo":    true,
	"OnTime.LateTo":        true,
	"Sides.On":             true,
	"Aggregate.Find":       true,
	"Aggregate.Fill":       true,
	"Window.From":          true,
	"Window.To":            true,
	"Window.Input":         true,
	"Aggregate.Input":      true,
	"Top.Input":            true,
	"Top.Find":             true,
	"Latest.Find":          true,
	"Latest.Input":         true,
	"Upserts.DeleteWhen":   true,
	"Hold.LateTo":          true,
	"Silent.LateTo":        true,
	"Throttle.Else":        true,
	"Throttle.LateTo":      true,
	"Changed.LateTo":       true,
	"Aggregate.Best":       true,
	"Reducer.When":         true,
	"ScheduleAct.Emit":     true,
	"ScheduleAct.Snapshot": true,
}
