package log

// Again opens a log in memory anew that was closed, as another process would open one that
// lasts.
func Again(l Log) (Log, error) {
	before := l.(*stored)
	was, ok := before.store.(*memory)
	if !ok {
		return nil, ErrClosed
	}
	next := newStored(&memory{pairs: was.pairs}, before.files.fs, before.files.dir)
	return next, next.open()
}
