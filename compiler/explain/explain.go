// Package explain shows what the compiler made of a program: for an analyst, stage
// by stage, what happens to schema, kind, key, time and state; for a developer the
// syntax tree, the typed program, the plan and the graph that is deployed.
//
// Everything is built as a plain document first and then written as text, JSON or a
// drawing, so that the forms cannot disagree. The package never checks, plans or
// runs anything: it is handed the results, and the same input gives the same bytes.
package explain

import (
	"errors"
	"fmt"
	"io"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/ast"
)

// Stage is a point of the compiler at which a program can be looked at.
type Stage string

// The stages. Summary is the one for people who write programs.
const (
	Summary Stage = "summary"
	AST     Stage = "ast"
	IR      Stage = "ir"
	Plan    Stage = "plan"
	Graph   Stage = "graph"
)

// Format is how a stage is written.
type Format string

// The formats. Dot, Mermaid and SVG draw a plan; a summary is drawn as the plan.
const (
	Text    Format = "text"
	JSON    Format = "json"
	Dot     Format = "dot"
	Mermaid Format = "mermaid"
	SVG     Format = "svg"
)

// ErrCombination is the error for a stage that has no such format.
var ErrCombination = errors.New("there is no such combination of stage and format")

// Input is a program at every stage. Only what the stage asked for needs to be there.
type Input struct {
	Files   []*ast.File // the program's file first, then what it imports
	Program *ir.Program
	Plan    *plan.Graph // as lowered
	Graph   *plan.Graph // as optimised
	Printed string      // the stream a run prints when nothing is written, "" for none
	Full    bool        // every column after every stage instead of those that changed
}

// Check tells whether a stage can be written in a format.
func Check(stage Stage, format Format) error {
	switch stage {
	case Summary, Plan, Graph:
		switch format {
		case Text, JSON, Dot, Mermaid, SVG:
			return nil
		}
	case AST, IR:
		switch format {
		case Text, JSON:
			return nil
		case Dot, Mermaid, SVG:
			return fmt.Errorf("%w: --stage %s is written as text or json", ErrCombination, stage)
		}
	}
	return fmt.Errorf("%w: --stage %s --format %s", ErrCombination, stage, format)
}

// Write writes a stage of a program.
func Write(w io.Writer, in Input, stage Stage, format Format) error {
	if err := Check(stage, format); err != nil {
		return err
	}
	var text string
	var err error
	switch stage {
	case Summary:
		text, err = in.summary(format)
	case AST:
		text, err = in.tree(format)
	case IR:
		text, err = in.typed(format)
	case Plan:
		text, err = planned(in.Plan, stage, format)
	case Graph:
		text, err = planned(in.Graph, stage, format)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func (in Input) summary(format Format) (string, error) {
	switch format {
	case Text:
		return summaryText(summarise(in)), nil
	case JSON:
		return jsonText(summarise(in))
	case Dot, Mermaid, SVG:
		return planned(in.Plan, Plan, format)
	}
	return "", ErrCombination
}

func (in Input) typed(format Format) (string, error) {
	doc, err := typedProgram(in.Program)
	if err != nil {
		return "", err
	}
	if format == JSON {
		return jsonText(doc)
	}
	return programText(doc), nil
}

func planned(g *plan.Graph, stage Stage, format Format) (string, error) {
	doc, err := planDoc(g, stage)
	if err != nil {
		return "", err
	}
	switch format {
	case Text:
		return planText(doc), nil
	case JSON:
		return jsonText(doc)
	case Dot:
		return dotText(doc), nil
	case Mermaid:
		return mermaidText(doc), nil
	case SVG:
		return svgText(doc), nil
	}
	return "", ErrCombination
}
