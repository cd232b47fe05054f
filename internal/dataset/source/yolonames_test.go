package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesOfYAML(t *testing.T) {
	for text, want := range map[string]map[int]string{
		"names: [cat, ' dog ', 3]":            {0: "cat", 1: "dog", 2: "3"},
		"names:\n  7: cat\n  1: \"salt & *\"": {7: "cat", 1: "salt & *"},
		"nc: 2":                               nil,
		"":                                    nil,
		"names: []":                           {},
	} {
		got, err := parseNames([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, complaint := range map[string]string{
		"names: {cat: 0}":                        "it is no YAML with names",
		"names: 7":                               "it is no YAML with names",
		"- names":                                "it is no YAML with names",
		"a: &a [x, x]\nnames: [*a, *a]":          "anchors and aliases are not read",
		"names: " + strings.Repeat("[", 60_000):  "more than 20 brackets in brackets",
		strings.Repeat("{a: ", 15_000) + "names": "more than 20 brackets in brackets",
	} {
		_, err := parseNames([]byte(text))
		require.ErrorContains(t, err, complaint)
	}
}
