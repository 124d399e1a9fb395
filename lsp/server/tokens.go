package server

// tokensSent are the semantic tokens a client has of a file, for what differs from them.
type tokensSent struct {
	id   string
	data []uint32
}
