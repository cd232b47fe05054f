//go:build embedded

package assets

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

//go:embed files/libonnxruntime.so
var library []byte

//go:embed files/lite0.onnx
var backbone []byte

// Backbone returns the frozen backbone as an ONNX file. It must not be changed.
func Backbone() ([]byte, error) {
	return backbone, check("the embedded backbone", backbone, BackboneSum)
}

// Library returns the path of ONNX Runtime's shared library. At the first start it
// is unpacked into the user's cache folder (see os.UserCacheDir), or into the
// temporary folder where a user has none; at every start its hash is checked.
func Library() (string, error) {
	sum, err := LibrarySum()
	if err != nil {
		return "", err
	}
	dir, err := cacheFolder()
	if err != nil {
		return "", fmt.Errorf("unpacking ONNX Runtime: %w (set XDG_CACHE_HOME to a folder of your own)", err)
	}
	path := filepath.Join(dir, "libonnxruntime-"+sum[:16]+".so")
	if checkFile(path, sum) == nil {
		return path, nil
	}
	if err := check("the embedded ONNX Runtime", library, sum); err != nil {
		return "", err
	}
	if err := replace(path, library); err != nil {
		return "", fmt.Errorf("unpacking ONNX Runtime: %w", err)
	}
	return path, nil
}

// cacheFolder makes the folder for unpacked files. Nobody else may write there,
// for what lies in it is loaded as code.
func cacheFolder() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("ownsight-%d", os.Getuid()))
	if cache, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(cache, "ownsight")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !ok || int(owner.Uid) != os.Getuid() {
		return "", fmt.Errorf("folder %s is not owned and written by this user alone", dir)
	}
	return dir, nil
}

// replace writes a file so that another process sees the old one or the whole new one.
func replace(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // does nothing once it is renamed
	if _, err := temp.Write(data); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
