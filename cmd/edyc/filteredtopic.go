package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

// filteredTopic is a plan of the rows of a stored topic for which conditions hold.
type filteredTopic struct {
	graph  *plan.Graph
	topic  string // what the plan calls it
	stream string // of the rows
}

// anyTopic is what a topic is called in a plan where its own name would be another's.
const anyTopic = "rows"

var topicWord = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fieldValue is a condition as FIELD=VALUE.
var fieldValue = pattern.Of(`^([A-Za-z_][A-Za-z0-9_.]*)=([^=].*|)$`)

// filteredTopic plans a topic with conditions, and with a value for each column of its key.
func (a *app) filteredTopic(l log.Log, topic string, where, key []string) (*filteredTopic, error) {
	g, err := build.TopicPlan(l, registry.Open(l), topic)
	if err != nil {
		return nil, err
	}
	stored, ok := g.Nodes[0].Op.(*plan.Topic)
	if !ok {
		return nil, fmt.Errorf("topic %s cannot be read", topic)
	}
	f := &filteredTopic{topic: topic, stream: check.QueryStream}
	if topic == check.ErrorsTopic || topic == f.stream || !topicWord().MatchString(topic) {
		f.topic = anyTopic
	}
	query := rowsWhere{a, f.topic, stored.Topic.Row}
	var conditions []string
	if len(key) > 0 && len(key) != len(stored.Topic.Key) {
		return nil, usage("--key: the key of %s is %s, so it takes %s", topic, strings.Join(stored.Topic.Key, ", "), counted(int64(len(stored.Topic.Key)), "value"))
	}
	for i, value := range key {
		c, err := query.equals(stored.Topic.Key[i], value)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, c)
	}
	for _, w := range where {
		if m := fieldValue().FindStringSubmatch(w); m != nil {
			if w, err = query.equals(m[1], m[2]); err != nil {
				return nil, err
			}
		}
		conditions = append(conditions, w)
	}
	prog, diags := query.check(conditions)
	if err := a.report(diags); err != nil {
		return nil, err
	}
	f.graph, err = plannedGraph(prog, []string{f.stream})
	return f, err
}

// rowsWhere is a query over rows of a type.
type rowsWhere struct {
	a     *app
	topic string
	row   *types.Type
}

// check reads conditions.
func (q rowsWhere) check(conditions []string) (*ir.Program, *diag.List) {
	text := "from " + q.topic
	for _, c := range conditions {
		text += " |> where " + c
	}
	opts := check.Options{Catalog: build.Catalog(q.a.system()), Relaxed: true, Topics: []*ir.Topic{check.InferredTopic(q.topic, q.row)}}
	pipeline, parsed := syntax.ParsePipeline(source.New("--where", text))
	result := check.Query(pipeline, opts)
	all := &diag.List{Items: append(append([]*diag.Diagnostic(nil), parsed.Items...), result.Diags.Items...)}
	return result.Program, ofQuery(all)
}

// equals is the condition that a field has a value, which is written as JSON writes it, or
// without the quotes: as the type of the field wants it.
func (q rowsWhere) equals(field, value string) (string, error) {
	plain := value
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		plain = text
	}
	quoted, err := json.Marshal(plain)
	if err != nil {
		return "", err
	}
	var first *diag.List
	for _, v := range []string{string(quoted), value, "@" + plain, "uuid(" + string(quoted) + ")"} {
		c := field + " == " + v
		_, diags := q.check([]string{c})
		if !diags.HasErrors() {
			return c, nil
		}
		if first == nil {
			first = diags
		}
	}
	return "", q.a.report(first)
}
