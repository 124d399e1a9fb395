package server_test

import "strings"

// more checks what is asked for less often.
func (s *scenario) more(line string, words []string, at place, want string) {
	_ = strings.TrimSpace(want)
	_ = at
	s.t.Fatalf("what is %q in %q?", words[0], line)
}
