package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/server"
	"github.com/edynamic/edynamic/runtime/build"
)

type lspCmd struct {
	Stdio  bool   `help:"Speak on standard input and output, as without any flag."`
	Listen string `placeholder:"ADDRESS" help:"Serve editors that connect to tcp://127.0.0.1:PORT or ws://127.0.0.1:PORT instead."`
	Log    string `placeholder:"FILE" help:"Write what the server says about itself to a file."`
}

// Help is shown under --help.
func (lspCmd) Help() string {
	return `Editors start it; it speaks the language server protocol. docs/editor.md says how to set up each editor.

Example:
  edyc lsp
  edyc lsp --listen ws://127.0.0.1:9257`
}

// Run serves one editor on standard input and output.
func (c *lspCmd) Run(a *app) error {
	opt, done, err := c.options(a)
	if err != nil {
		return err
	}
	defer done()
	if c.Listen != "" {
		return c.listen(a, opt)
	}
	stream := server.NewStream(a.stdin, a.stdout, io.NopCloser(nil))
	if in, ok := a.stdin.(io.Closer); ok {
		stream = server.NewStream(a.stdin, a.stdout, in)
	}
	if code := server.Serve(context.Background(), stream, opt); code != 0 {
		return failed()
	}
	return nil
}

// listen serves until it is interrupted.
func (c *lspCmd) listen(a *app, opt server.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return server.Listen(ctx, c.Listen, opt, func(at net.Addr) { fmt.Fprintln(a.stderr, "edyc: serving editors on", at) })
}

func (c *lspCmd) options(a *app) (server.Options, func(), error) {
	opt := server.Options{
		Version: version,
		Find:    findPrograms,
		Env: feature.Env{
			Catalog: build.Catalog(a.system()), ReadFile: readStamped, Stamp: stampOf, Runner: editorRunner{},
			Docs: "https://github.com/edynamic/edynamic/blob/main/lang/diag/pages/%s.md",
		},
	}
	if c.Log == "" {
		return opt, func() {}, nil
	}
	f, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return opt, nil, fmt.Errorf("cannot write the log: %w", err)
	}
	opt.Log = func(format string, args ...any) { fmt.Fprintf(f, format+"\n", args...) }
	return opt, func() { _ = f.Close() }, nil
}

// maxPrograms bounds how many files of a folder an editor is told about.
const maxPrograms = 20_000

// findPrograms lists the .edy files below a folder.
func findPrograms(ctx context.Context, folder string) []string {
	var out []string
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil || len(out) >= maxPrograms:
			return fs.SkipAll
		case err != nil: // a folder that may not be read has no files
			return nil
		case d.IsDir() && path != folder && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".edy":
			out = append(out, path)
		}
		return nil
	})
	return out
}

func readStamped(path string) (text, stamp string, err error) {
	stamp = stampOf(path)
	data, err := os.ReadFile(path)
	return string(data), stamp, err
}

// stampOf tells versions of a file apart without reading it.
func stampOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36)
}
