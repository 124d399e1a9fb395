package checkpoint

import (
	"encoding/json"
	"fmt"

	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

// How far an input has been put into a topic is kept beside the topic, not with the run that
// did it: a second program that feeds the topic from the same input would put every row into
// it once more.

func fedKey(topic, source string) []byte { return []byte("fed/" + topic + "\x00" + source) }

// Fed is how far an input has been put into a topic, nil for not at all.
func (r *Run) Fed(topic, source string) (*exec.Fed, error) {
	b, err := r.log.Get(fedKey(topic, source))
	if err != nil || b == nil {
		return nil, err
	}
	f := exec.Fed{Topic: topic, Source: source}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("how far %s was read cannot be understood: %w", source, err)
	}
	return &f, nil
}

// noteFed adds how far inputs have been put into topics.
func noteFed(tx *log.Tx, fed []exec.Fed) error {
	for i := range fed {
		value, err := json.Marshal(fed[i])
		if err != nil {
			return err
		}
		tx.Set = append(tx.Set, log.KeyValue{Key: fedKey(fed[i].Topic, fed[i].Source), Value: value})
	}
	return nil
}
