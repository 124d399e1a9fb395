package main

import "syscall"

// inHugePages asks for memory to lie in huge pages, and reports whether it may.
func inHugePages(b []byte) bool { return syscall.Madvise(b, syscall.MADV_HUGEPAGE) == nil }
