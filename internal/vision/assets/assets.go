// Package assets gives the program the files that its build makes instead of
// committing: the shared library of ONNX Runtime and the frozen backbone.
//
// A program built with the tag "embedded" carries them inside itself and needs no
// other file. One built without it, as by a plain "go test", reads them from the
// build folder: the one that OWNSIGHT_ASSETS names, else build/ beside go.mod.
// Either way a file is used only if it has the SHA-256 that is written down here.
package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
)

// RuntimeVersion is the version of ONNX Runtime that the build fetches.
const RuntimeVersion = "1.31.1"

// librarySums holds the SHA-256 of ONNX Runtime's library for each GOARCH on Linux.
var librarySums = map[string]string{
	"amd64": "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
	"arm64": "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
}

// LibrarySum returns the SHA-256 of ONNX Runtime's library for this machine.
func LibrarySum() (string, error) {
	sum, ok := librarySums[runtime.GOARCH]
	if !ok || runtime.GOOS != "linux" {
		return "", fmt.Errorf("no ONNX Runtime is pinned for %s/%s, only for Linux on amd64 and arm64",
			runtime.GOOS, runtime.GOARCH)
	}
	return sum, nil
}

func check(name string, data []byte, want string) error {
	sum := sha256.Sum256(data)
	return mismatch(name, hex.EncodeToString(sum[:]), want)
}

func checkFile(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	return mismatch(path, hex.EncodeToString(hash.Sum(nil)), want)
}

func mismatch(name, sum, want string) error {
	if sum != want {
		return fmt.Errorf("%s has SHA-256 %s, want %s: delete it and run \"make assets\"", name, sum, want)
	}
	return nil
}
