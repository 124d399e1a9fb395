//go:build !linux

package main

// takeHugePages does nothing where memory cannot be asked to lie in huge pages.
func takeHugePages() {}
