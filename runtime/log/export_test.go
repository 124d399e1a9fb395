package log

// Again opens a log in memory anew that was closed, as another process would open one that
// lasts.
func Again(l Log) (Log, error) {
	was, ok := l.(*stored).store.(*memory)
	if !ok {
		return nil, ErrClosed
	}
	next := newStored(&memory{pairs: was.pairs})
	return next, next.open()
}
