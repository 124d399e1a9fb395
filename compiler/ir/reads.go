package ir

// Reads are the names of the topics and streams that streams and routes of the program read.
func (p *Program) Reads() map[string]bool {
	read := map[string]bool{}
	for _, s := range p.Streams {
		pipelineReads(s.Pipeline, read)
	}
	for _, r := range p.Routes {
		relReads(r.From, read)
	}
	return read
}

func pipelineReads(p *Pipeline, read map[string]bool) {
	relReads(p.From, read)
	for _, st := range p.Stages {
		for _, with := range Others(st.Op) {
			pipelineReads(with, read)
		}
	}
}

func relReads(r Rel, read map[string]bool) {
	switch {
	case r.Pipeline != nil:
		pipelineReads(r.Pipeline, read)
	case r.Stream != "":
		read[r.Stream] = true
	default:
		read[r.Topic] = true
	}
}
