package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// PlanJSON is the program and its operator graph as canonical JSON: an object with
// the members "types" (the table that numbers of types refer to), "program" and
// "graph".
func PlanJSON(g *Graph) ([]byte, error) {
	e := newEncoder(g.Files)
	program, err := e.value(reflect.ValueOf(g.Program))
	if err != nil {
		return nil, err
	}
	topology, err := e.value(reflect.ValueOf(g.Plan))
	if err != nil {
		return nil, err
	}
	return canonicalJSON(map[string]any{"types": e.table, "program": program, "graph": topology})
}

// decodePlan is the inverse of PlanJSON.
func decodePlan(text []byte, files []File) (*ir.Program, *plan.Graph, error) {
	var doc struct {
		Types   []any          `json:"types"`
		Program map[string]any `json:"program"`
		Graph   map[string]any `json:"graph"`
	}
	if err := strictJSON(text, &doc); err != nil {
		return nil, nil, err
	}
	d := &decoder{files: files, topics: map[string]*ir.Topic{}, sinks: map[string]*ir.Sink{}}
	if err := d.types(doc.Types); err != nil {
		return nil, nil, err
	}
	p, g := &ir.Program{}, &plan.Graph{}
	if err := d.value(doc.Program, reflect.ValueOf(p).Elem()); err != nil {
		return nil, nil, fmt.Errorf("program: %w", err)
	}
	for _, t := range p.Topics {
		d.topics[t.Name] = t
	}
	for _, s := range p.Sinks {
		d.sinks[s.Name] = s
	}
	if err := d.value(doc.Graph, reflect.ValueOf(g).Elem()); err != nil {
		return nil, nil, fmt.Errorf("graph: %w", err)
	}
	g.Params, g.Sources, g.Sinks, g.Schedules = p.Params, p.Sources, p.Sinks, p.Schedules
	g.Functions, g.Modules = p.Functions, p.Modules
	if err := checkProgram(p); err != nil {
		return nil, nil, err
	}
	return p, g, checkPlan(g)
}

// strictJSON reads exactly one JSON value, with numbers as they are written.
func strictJSON(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the end")
	}
	return nil
}

// looseJSON reads the members it is asked for.
func looseJSON(text []byte, into any) error { return json.Unmarshal(text, into) }
