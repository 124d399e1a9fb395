package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/registry"
)

type schemaCmd struct {
	Import schemaImportCmd `cmd:"" help:"Make an Avro schema the newest version of a topic's in a data folder."`
	Export schemaExportCmd `cmd:"" help:"Print the schema of a topic as Avro."`
	Check  schemaCheckCmd  `cmd:"" help:"Tell whether an Avro schema keeps what a topic promises."`
	List   schemaListCmd   `cmd:"" help:"List the versions of a topic's schema."`
}

// Help is shown under --help.
func (schemaCmd) Help() string {
	return `A data folder keeps every version of the schema of a topic as Avro, with its fingerprint. A new version must keep what the topic promises (compatibility), by Avro's rules: E0601 and E0602 name the field and the fix.

Example:
  edyc schema list bids --data state
  edyc schema check bids new.avsc --data state
  edyc schema export bids --file bids.edy`
}

type schemaImportCmd struct {
	Topic         string `arg:"" help:"The topic."`
	Schema        string `arg:"" help:"The file with the schema (.avsc)."`
	Data          string `required:"" placeholder:"DIR" help:"The data folder."`
	Compatibility string `default:"backward_transitive" placeholder:"WORD" help:"What the topic promises: none, backward, forward, full, or their _transitive forms."`
}

// Run stores the schema.
func (c *schemaImportCmd) Run(a *app) error {
	row, err := readSchema(c.Schema)
	if err != nil {
		return err
	}
	l, err := a.openLog(c.Data, true)
	if err != nil {
		return err
	}
	defer l.Close()
	r := registry.Open(l)
	breaks, err := r.Check(c.Topic, avro.Compatibility(c.Compatibility), row)
	if err != nil {
		return err
	}
	if len(breaks) > 0 {
		return a.printBreaks(c.Topic, breaks)
	}
	n, err := r.Add(c.Topic, row, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: version %d\n", c.Topic, n)
	return nil
}

type schemaExportCmd struct {
	Topic   string `arg:"" help:"The topic."`
	File    string `placeholder:"FILE" help:"Take the schema from a program instead of a data folder."`
	Data    string `placeholder:"DIR" help:"The data folder."`
	Version int32  `placeholder:"N" help:"An earlier version."`
}

// Run prints the schema.
func (c *schemaExportCmd) Run(a *app) error {
	if (c.File == "") == (c.Data == "") {
		return usage("say where the schema is: --file PROGRAM or --data DIR")
	}
	if c.File != "" {
		p, err := a.loadSound(c.File)
		if err != nil {
			return err
		}
		for _, t := range p.Result.Program.Topics {
			if t.Name == c.Topic {
				schema, err := avro.Export(t.Row, avro.Options{Name: t.Name})
				if err != nil {
					return fmt.Errorf("topic %s: %w", t.Name, err)
				}
				return a.printSchema(schema)
			}
		}
		return usage("%s has no topic %q", c.File, c.Topic)
	}
	l, _, err := a.readLog(c.Data)
	if err != nil {
		return err
	}
	defer l.Close()
	versions, err := registry.Open(l).Versions(c.Topic)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if v.Number == c.Version || c.Version == 0 && i == len(versions)-1 {
			return a.printSchema(v.Schema)
		}
	}
	return fmt.Errorf("topic %q has no such version of its schema; it has %d", c.Topic, len(versions))
}

func (a *app) printSchema(schema []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, schema, "", "  "); err != nil {
		return fmt.Errorf("the schema cannot be read: %w", err)
	}
	fmt.Fprintln(a.stdout, b.String())
	return nil
}

type schemaCheckCmd struct {
	Topic         string `arg:"" help:"The topic."`
	Schema        string `arg:"" help:"The file with the schema (.avsc), or a program that declares the topic."`
	Data          string `required:"" placeholder:"DIR" help:"The data folder."`
	Compatibility string `placeholder:"WORD" help:"What is to be kept; by default what the program says, or backward_transitive."`
}

// Run compares the schema with those that are stored.
func (c *schemaCheckCmd) Run(a *app) error {
	promise := avro.Compatibility(c.Compatibility)
	row, err := readSchema(c.Schema)
	if err != nil {
		if isSchemaFile(c.Schema) {
			return err
		}
		var t *ir.Topic
		if t, err = a.topicOf(c.Schema, c.Topic); err != nil {
			return err
		}
		if row = t.Row; promise == "" {
			promise = registry.Promise(t)
		}
	}
	if promise == "" {
		promise = registry.DefaultPromise
	}
	l, _, err := a.readLog(c.Data)
	if err != nil {
		return err
	}
	defer l.Close()
	breaks, err := registry.Open(l).Check(c.Topic, promise, row)
	if err != nil {
		return err
	}
	if len(breaks) > 0 {
		return a.printBreaks(c.Topic, breaks)
	}
	fmt.Fprintf(a.stdout, "%s: the schema keeps %s\n", c.Topic, promise)
	return nil
}

func (a *app) topicOf(path, name string) (*ir.Topic, error) {
	p, err := a.loadSound(path)
	if err != nil {
		return nil, err
	}
	for _, t := range p.Result.Program.Topics {
		if t.Name == name {
			return t, nil
		}
	}
	return nil, usage("%s has no topic %q", path, name)
}

func (a *app) printBreaks(topic string, breaks []avro.Break) error {
	for _, b := range breaks {
		code, way := registry.CodeUnreadable, fmt.Sprintf("rows of version %d could not be read", b.Version)
		if !b.Reading {
			code, way = registry.CodeUnread, fmt.Sprintf("readers of version %d could not read new rows", b.Version)
		}
		fmt.Fprintf(a.stdout, "%s  %s: %s: %s\n", code, topic, way, b.Mismatch)
		if b.Fix != "" {
			fmt.Fprintf(a.stdout, "  fix: %s\n", b.Fix)
		}
	}
	return failed()
}

type schemaListCmd struct {
	Topic string `arg:"" help:"The topic."`
	Data  string `required:"" placeholder:"DIR" help:"The data folder."`
}

// Run lists the versions.
func (c *schemaListCmd) Run(a *app) error {
	l, _, err := a.readLog(c.Data)
	if err != nil {
		return err
	}
	defer l.Close()
	versions, err := registry.Open(l).Versions(c.Topic)
	if err != nil {
		return err
	}
	for _, v := range versions {
		fmt.Fprintf(a.stdout, "version %d  sha256:%s  since %s\n", v.Number, v.Fingerprint, v.Since.Format(time.RFC3339))
	}
	return nil
}

// isSchemaFile reports a file that can only be meant as an Avro schema: no program begins
// with a brace, bracket or quote.
func isSchemaFile(path string) bool {
	if strings.HasSuffix(path, ".avsc") {
		return true
	}
	text, err := os.ReadFile(path)
	text = bytes.TrimSpace(text)
	return err == nil && len(text) > 0 && strings.ContainsRune("{[\"", rune(text[0]))
}

// readSchema reads an Avro schema.
func readSchema(path string) (*types.Type, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, load.ReadError(path, err)
	}
	row, err := avro.Import(text)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q as an Avro schema: %w", path, err)
	}
	return row, nil
}
