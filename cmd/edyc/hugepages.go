package main

// movesRows reports whether a command may take rows through pipelines for longer than it takes
// to start.
func movesRows(command string) bool {
	switch command {
	case "run", "replay", "query":
		return true
	default:
		return false
	}
}
