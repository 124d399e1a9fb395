package main

import (
	"testing"

	"github.com/edynamic/edynamic/examples/dataset"
)

// TestDataIsCurrent: what is checked in is what the generator makes.
func TestDataIsCurrent(t *testing.T) {
	made, err := files()
	if err == nil {
		err = dataset.Check("..", made)
	}
	if err != nil {
		t.Fatal(err)
	}
}
