package main

import (
	"reflect"
	"strings"
)

// cli is the command line.
type cli struct {
	Check      checkCmd      `cmd:"" help:"Check files without running them."`
	Run        runCmd        `cmd:"" help:"Run a program over its sources until they end."`
	Test       testCmd       `cmd:"" help:"Run the tests written in files."`
	Query      queryCmd      `cmd:"" help:"Run one pipeline over files, without a program."`
	Fmt        fmtCmd        `cmd:"" help:"Write files in their canonical form."`
	Fix        fixCmd        `cmd:"" help:"Apply the fixes that need no decision."`
	Replay     replayCmd     `cmd:"" help:"Run a program over recorded rows."`
	Diff       diffCmd       `cmd:"" help:"Say what a change of a program does to its state."`
	Topic      topicCmd      `cmd:"" help:"Look at, fill and check the topics of a data folder."`
	Schema     schemaCmd     `cmd:"" help:"Import, export and check the schemas of topics."`
	Explain    explainCmd    `cmd:"" help:"Show what the compiler made of a program."`
	Build      buildCmd      `cmd:"" help:"Write a program as one deployable archive."`
	Doc        docCmd        `cmd:"" help:"Show the functions and aggregates of the language."`
	New        newCmd        `cmd:"" help:"Start a project."`
	Editor     editorCmd     `cmd:"" help:"Print what sets up an editor or a shell for edy."`
	Udf        udfCmd        `cmd:"" help:"Start, look into and measure functions in WASM modules."`
	Help       helpCmd       `cmd:"" help:"Explain an error code, or a subcommand."`
	Lsp        lspCmd        `cmd:"" help:"Serve an editor: diagnostics, completion and the rest."`
	Completion completionCmd `cmd:"" help:"Print a completion script for a shell."`
	Version    versionCmd    `cmd:"" help:"Print the version."`

	Errors string `enum:"long,short,json" default:"long" placeholder:"long|short|json" help:"How mistakes are shown."`
}

// commandLine is a cli to be filled, and its setting of how mistakes are shown. Where the
// command is named first it has no other: what kong makes of all of them takes longer than
// to read a program. Commands that tell about others have all.
func commandLine(first string) (target any, errors *string) {
	model := reflect.TypeFor[cli]()
	setting, _ := model.FieldByName("Errors")
	command, _ := model.FieldByNameFunc(func(name string) bool { return strings.ToLower(name) == first })
	_, known := command.Tag.Lookup("cmd")
	if !known || command.Type == reflect.TypeFor[helpCmd]() || command.Type == reflect.TypeFor[completionCmd]() {
		whole := &cli{}
		return whole, &whole.Errors
	}
	part := reflect.New(reflect.StructOf([]reflect.StructField{command, setting}))
	return part.Interface(), part.Elem().Field(1).Addr().Interface().(*string)
}
