//go:build !linux

package main

// inHugePages reports that memory cannot be asked to lie in huge pages.
func inHugePages([]byte) bool { return false }
