package exec

// again reports a topic whose input is read again and again.
func (t *topicNode) again() bool { return len(t.lanes) > 0 && t.lanes[0].spec.Again != nil }

// begun reports that such a topic has been read once.
func (t *topicNode) begun() bool { return t.again() && (t.lanes[0].whole || t.lanes[0].ended) }

// waitsForNobody reports that rows of other topics may come although none of this one
// are there.
func (t *topicNode) waitsForNobody() bool { return t.topic.Live && (!t.again() || t.begun()) }

// endsWithOthers reports that the end of the run is the end of the topic.
func (t *topicNode) endsWithOthers() bool { return t.topic.Scheduled || t.again() }

// onlyAgain reports that nothing is left to read but what is read again.
func onlyAgain(open map[*topicNode]bool) bool {
	for t := range open {
		if !t.begun() {
			return false
		}
	}
	return true
}
