package source

import (
	"iter"
	"path"
	"strings"
)

// split is what a picture is for.
type split int

const (
	unsaid     split = iota // to train on
	toTrain                 // to train on
	toValidate              // to test with where nothing else is; else to train on, where candidates are judged anyway
	toTest
)

// splitNamed reads the name of a split as people and tools write it: train, training, train2017; false for other words.
func splitNamed(word string) (split, bool) {
	switch strings.TrimRight(strings.ToLower(word), "0123456789") {
	case "train", "training", "trainval":
		return toTrain, true
	case "val", "valid", "validation", "dev":
		return toValidate, true
	case "test", "testing":
		return toTest, true
	}
	return unsaid, false
}

// splitOf goes by the folders that a file lies in, the innermost first, and then by the words of its own name where
// that is what counts: instances_train2017.json.
func splitOf(name string, own bool) split {
	folder, file := path.Split(name)
	if own {
		for word := range words(file) {
			if s, ok := splitNamed(word); ok {
				return s
			}
		}
	}
	parts := strings.Split(strings.Trim(folder, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if s, ok := splitNamed(parts[i]); ok {
			return s
		}
	}
	return unsaid
}

// words gives the words that the name of a file is made of.
func words(name string) iter.Seq[string] {
	return strings.FieldsFuncSeq(stem(path.Base(name)), func(r rune) bool { return strings.ContainsRune("_-. ", r) })
}
