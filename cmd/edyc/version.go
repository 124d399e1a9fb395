package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release is linked.
var version = "0.1.0-dev"

type versionCmd struct{}

// Help is shown under --help.
func (versionCmd) Help() string {
	return `The revision is that of the source it was built from.

Example:
  edyc version`
}

// Run prints the version, the revision it was built from and the platform.
func (versionCmd) Run(a *app) error {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				revision = " (" + s.Value[:12] + ")"
			}
		}
	}
	_, err := fmt.Fprintf(a.stdout, "edyc %s%s %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
