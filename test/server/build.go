package server

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is the binary under test, built at its first use.
var program struct {
	once sync.Once
	dir  string // temporary; empty when the binary came from elsewhere
	path string
	err  error
}

// Main runs the tests of a package and removes the program that they built. OWNSIGHT_BINARY names a program to test in
// place of one built from the sources, such as bin/ownsight.
func Main(m *testing.M) {
	code := m.Run()
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// Binary gives the path of the program.
func Binary(t testing.TB) string {
	t.Helper()
	program.once.Do(func() {
		if path := os.Getenv("OWNSIGHT_BINARY"); path != "" {
			program.path, program.err = filepath.Abs(path)
			return
		}
		if _, err := os.Stat(filepath.Join(Assets(), "assets", "lite0.onnx")); err != nil {
			program.err = errors.New(`the backbone has not been made: run "make assets" first`)
			return
		}
		program.path, program.err = build()
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return program.path
}

func build() (string, error) {
	dir, err := os.MkdirTemp("", "ownsight-test-")
	if err != nil {
		return "", err
	}
	program.dir = dir
	path := filepath.Join(dir, "ownsight")
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/ownsight")...)
	cmd.Dir = Repository()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return path, nil
}

// Repository is the root of the source tree.
func Repository() string {
	dir, err := os.Getwd() // of a test, its package's folder
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	panic("the tests run outside the source tree")
}

// Assets is where the runtime library and the backbone lie.
func Assets() string {
	if dir := os.Getenv("OWNSIGHT_ASSETS"); dir != "" {
		return dir
	}
	return filepath.Join(Repository(), "build")
}
