package exec

// again reports a topic whose input is read again and again.
func (t *topicNode) again() bool { return len(t.lanes) > 0 && t.lanes[0].spec.Again != nil }

// begun reports that such a topic has been read once, and that all of what was read last
// has been taken.
func (t *topicNode) begun() bool { return t.again() && (t.lanes[0].whole || t.lanes[0].ended) }

// between reports that a part of a table has been taken and the rest is to come: nothing
// else may happen then, since rows must see all of it or nothing (SEMANTICS 70), also after
// a restart.
func (t *topicNode) between() bool { return t.again() && t.lanes[0].partly && !t.lanes[0].ended }

// amid reports a topic that is between two parts of a table.
func amid(open map[*topicNode]bool) bool {
	for t := range open {
		if t.between() && !t.satisfied() {
			return true
		}
	}
	return false
}

// part is the name of a lane in a State. Of an input that is read again it is the table
// that goes on, whatever file it is read from.
func (l *lane) part(topic string) string {
	if l.spec.Again != nil {
		return partAgain + topic
	}
	return partLane + topic + "/" + l.spec.Name
}

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
