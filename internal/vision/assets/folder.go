//go:build !embedded

package assets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backbone returns the frozen backbone as an ONNX file.
func Backbone() ([]byte, error) {
	path, err := find("assets/lite0.onnx")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return data, check(path, data, BackboneSum)
}

// Library returns the path of ONNX Runtime's shared library.
func Library() (string, error) {
	sum, err := LibrarySum()
	if err != nil {
		return "", err
	}
	path, err := find("vendor/onnxruntime/libonnxruntime.so." + RuntimeVersion)
	if err != nil {
		return "", err
	}
	return path, checkFile(path, sum)
}

// find looks a file up in the build folder.
func find(name string) (string, error) {
	folder, err := buildFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is missing: run \"make assets\" first, "+
			"or name the folder that holds vendor/ and assets/ in OWNSIGHT_ASSETS", path)
	}
	return path, nil
}

func buildFolder() (string, error) {
	if folder := os.Getenv("OWNSIGHT_ASSETS"); folder != "" {
		return folder, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "build"), nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this program was built without its assets (tag \"embedded\") and runs outside " +
				"the source tree: build it with \"make build\", or name the build folder in OWNSIGHT_ASSETS")
		}
		dir = parent
	}
}
