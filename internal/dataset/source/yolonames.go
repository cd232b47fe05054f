package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

const classesFile = "classes.txt"

// yoloNames reads the names of the labels by their numbers, from classes.txt or from a YAML file at the top.
func yoloNames(t *tree) (map[int]string, error) {
	for _, name := range []string{classesFile, labelsFolder + "/" + classesFile, "obj.names"} {
		if !t.has(name) {
			continue
		}
		b, err := t.bytes(name, maxAnnotation)
		if err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
		labels := map[int]string{}
		for line := range strings.Lines(strings.TrimSpace(string(b))) {
			labels[len(labels)] = strings.TrimSpace(line)
		}
		return labels, nil
	}
	for _, name := range slices.Concat(t.below("", ".yaml"), t.below("", ".yml")) {
		if strings.Contains(name, "/") {
			continue
		}
		b, err := t.bytes(name, maxNames)
		if err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
		labels, err := parseNames(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(labels) > 0 {
			return labels, nil
		}
	}
	return nil, errors.New("the labels of labels/*.txt have no names; list them in classes.txt, one a line, " +
		"or under names in data.yaml")
}

// Bounds of a YAML file, whose parser takes time with the square of them.
const (
	maxNames = 64 << 10 // bytes
	maxDepth = 20       // of brackets in brackets
)

// bounded refuses YAML that unfolds to more than it shows.
func bounded(b []byte) error {
	depth := 0
	for _, t := range lexer.Tokenize(string(b)) {
		switch t.Type {
		case token.AnchorType, token.AliasType:
			return errors.New("anchors and aliases are not read; write the names out")
		case token.SequenceStartType, token.MappingStartType:
			if depth++; depth > maxDepth {
				return fmt.Errorf("more than %d brackets in brackets", maxDepth)
			}
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
	}
	return nil
}

// parseNames reads the names of a YAML file, a list or a map by number; nil where there are none.
func parseNames(b []byte) (map[int]string, error) {
	var file struct {
		Names yamlNames `yaml:"names"`
	}
	if err := bounded(b); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("it is no YAML with names: %s", yaml.FormatError(err, false, false))
	}
	return file.Names, nil
}

type yamlNames map[int]string

func (n *yamlNames) UnmarshalYAML(b []byte) error {
	var list []string
	if yaml.Unmarshal(b, &list) == nil {
		*n = yamlNames{}
		for i, name := range list {
			(*n)[i] = strings.TrimSpace(name)
		}
		return nil
	}
	byNumber := map[int]string{}
	if err := yaml.Unmarshal(b, &byNumber); err != nil {
		return err
	}
	*n = byNumber
	return nil
}
