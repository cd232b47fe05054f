package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// program is the binary under test, built at its first use.
var program struct {
	once sync.Once
	dir  string // temporary; empty when the binary came from elsewhere
	path string
	skip string // why there is none, where that is no mistake
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

// Binary gives the path of the program, and skips the test where its assets have not been made.
func Binary(t testing.TB) string {
	t.Helper()
	program.once.Do(func() {
		if path := os.Getenv("OWNSIGHT_BINARY"); path != "" {
			program.path, program.err = filepath.Abs(path)
			return
		}
		if _, err := os.Stat(filepath.Join(Assets(), "assets", "lite0.onnx")); err != nil {
			program.skip = `the backbone has not been made: run "make assets" first`
			return
		}
		program.path, program.err = build()
	})
	if program.skip != "" {
		t.Skip(program.skip)
	}
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
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Assets is where the runtime library and the backbone lie.
func Assets() string {
	if dir := os.Getenv("OWNSIGHT_ASSETS"); dir != "" {
		return dir
	}
	return filepath.Join(Repository(), "build")
}
