package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
)

// container makes the checks of `docker build --check`, and demands that the program does not run as root and says how it is.
func container(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	source := llb.NewSourceMap(nil, "Containerfile", "Dockerfile", b)
	source.Definition = new(llb.Definition) // of nothing: the file is here
	results, err := dockerfile2llb.DockerfileLint(context.Background(), b, dockerfile2llb.ConvertOpt{
		Config:       dockerui.Config{LinterConfig: &linter.Config{ReturnAsError: true}},
		SourceMap:    source,
		MetaResolver: scratch{},
	})
	if err != nil {
		return "", err
	}
	var problems list
	for _, w := range results.Warnings {
		problems.add("%s: %s", w.RuleName, w.Detail)
	}
	if results.Error != nil {
		problems.add("%s", results.Error.Message)
	}
	parsed, err := parser.Parse(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return "", err
	}
	var names, has []string
	bases, taken := map[string]string{}, map[string]bool{}
	for _, s := range stages {
		names = append(names, s.Name)
		bases[s.Name] = s.BaseName
		for _, c := range s.Commands {
			if s.Name == "base" {
				has = append(has, c.Name())
			}
			if u, ok := c.(*instructions.UserCommand); ok && s.Name == "base" && u.User != "65532:65532" {
				problems.add("runs as %s", u.User)
			}
			if from, ok := c.(*instructions.CopyCommand); ok && s.Name == "build" {
				taken[from.From] = true
			}
		}
	}
	for _, wanted := range []string{"USER", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "STOPSIGNAL"} {
		if !slices.Contains(has, wanted) {
			problems.add("no %s", wanted)
		}
	}
	// tools/console.sh needs it: without it an image would have no console.
	if bases["node"] != "${NODE_IMAGE}" || !taken["node"] {
		problems.add("the build has no Node.js")
	}
	return fmt.Sprintf("stages %v", names), problems.err()
}

// scratch takes every base image for an empty one: no registry is asked.
type scratch struct{}

func (scratch) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	b, err := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux", "config": map[string]any{"Env": []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}})
	return ref, digest.FromBytes(b), b, err
}
