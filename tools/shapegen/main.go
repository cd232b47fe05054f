// Shapegen turns an AWS service model (botocore's service-2.json) and a list of operations into Go: structs for every
// shape that the operations reach, their exceptions, and the schema with all constraints that internal/awswire walks.
//
//	go run ./tools/shapegen -model service-2.json -operations operations.txt -package rekognition -out shapes_gen.go
//
// The list has one operation a line; empty lines and lines that begin with # are skipped. The same model and list give
// the same bytes.
package main

//go:generate go run . -model ../../build/vendor/botocore/rekognition/2016-06-27/service-2.json -operations rekognition.txt -package rekognition -out ../../internal/rekognition/shapes_gen.go
//go:generate go run . -model ../../build/vendor/botocore/appstream/2016-12-01/service-2.json -operations appstream.txt -package appstream -out ../../internal/appstream/shapes_gen.go
//go:generate go run . -model ../../build/vendor/botocore/cloudwatch/2010-08-01/service-2.json -operations cloudwatch.txt -package cloudwatch -out ../../internal/cloudwatch/shapes_gen.go
//go:generate go run . -model ../../build/vendor/botocore/rekognition/2016-06-27/service-2.json -operations ../../internal/awswire/testdata/operations.txt -package awswire_test -out ../../internal/awswire/shapes_gen_test.go

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
)

func main() {
	modelFile := flag.String("model", "", "service-2.json of the service")
	listFile := flag.String("operations", "", "file with one operation a line")
	pkg := flag.String("package", "", "package of the generated file")
	out := flag.String("out", "", "generated file")
	flag.Parse()
	source, err := generate(*modelFile, *listFile, *pkg)
	if err == nil {
		err = os.WriteFile(*out, source, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shapegen:", err)
		os.Exit(1)
	}
}

func generate(modelFile, listFile, pkg string) ([]byte, error) {
	text, err := os.ReadFile(modelFile)
	if err != nil {
		return nil, err
	}
	var m model
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", modelFile, err)
	}
	list, err := os.ReadFile(listFile)
	if err != nil {
		return nil, err
	}
	s, err := cut(m, operationNames(string(list)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", listFile, err)
	}
	return emit(s, pkg)
}

func operationNames(list string) (names []string) {
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, line)
		}
	}
	return names
}
