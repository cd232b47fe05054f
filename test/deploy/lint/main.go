// Command lint holds the files of deploy/ against the programs that read them: the chart against Helm and the types of
// the Kubernetes API, the compose file against the loader of the Compose specification, the container file against
// BuildKit's checks, rules and the dashboard's queries against Prometheus. A module of its own, so that none of these
// becomes a dependency of Ownsight.
//
//	go run . ../../../deploy
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: lint DEPLOY-FOLDER")
		os.Exit(2)
	}
	folder, err := filepath.Abs(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	failed := false
	for _, check := range []struct {
		what string
		of   func(folder string) (found string, err error)
	}{
		{"helm/ownsight", chart},
		{"compose/compose.yaml", compose},
		{"Containerfile", container},
		{"prometheus/alerts.yaml", rules},
		{"prometheus/scrape.yaml", scrape},
		{"grafana/ownsight.json", dashboard},
	} {
		found, err := check.of(filepath.Join(folder, check.what))
		if err != nil {
			failed = true
			fmt.Printf("FAIL  %s\n%v\n", check.what, err)
			continue
		}
		fmt.Printf("ok    %s: %s\n", check.what, found)
	}
	if failed {
		os.Exit(1)
	}
}

// list collects problems.
type list []error

func (l *list) add(format string, args ...any) { *l = append(*l, fmt.Errorf("  "+format, args...)) }

func (l list) err() error { return errors.Join(l...) }
