package objects

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/s3err"
)

const (
	// mostAttribute is how many bytes of a value go into an extended attribute.
	// File systems give all attributes of a file little room: ext4 one block of
	// 4 KiB, which the sizes of some 400 parts of an object fill alone.
	mostAttribute = 512
	// elsewhere begins the attribute of a value that lies in a file.
	elsewhere = "ownsight-attribute:"
)

// attributes keep what S3 knows of buckets and objects in extended attributes,
// and large values in files of a folder. The attribute then names the file by
// its digest, so that it is the attribute, which changes in one step with the
// object, that says which value is the object's.
type attributes struct {
	meta.XattrMeta
	folder string
}

// files is where the large values of an object lie.
func (a attributes) files(bucket, object string) string {
	name := hex.EncodeToString(digestOf([]byte(filepath.Join(bucket, object))))
	return filepath.Join(a.folder, name[:2], name)
}

func digestOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// StoreAttribute writes a large value before the attribute that names it.
func (a attributes) StoreAttribute(f *os.File, bucket, object, attribute string, value []byte) error {
	if len(value) <= mostAttribute && !bytes.HasPrefix(value, []byte(elsewhere)) {
		return a.XattrMeta.StoreAttribute(f, bucket, object, attribute, value)
	}
	name := hex.EncodeToString(digestOf(value))
	if err := writeWhole(filepath.Join(a.files(bucket, object), name), value); err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
		}
		return fmt.Errorf("attribute %s: %w", attribute, err)
	}
	return a.XattrMeta.StoreAttribute(f, bucket, object, attribute, []byte(elsewhere+name))
}

// writeWhole writes a file that appears whole or not at all.
func writeWhole(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing to do once it is renamed
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// RetrieveAttribute reads a value, wherever it lies.
func (a attributes) RetrieveAttribute(f *os.File, bucket, object, attribute string) ([]byte, error) {
	value, err := a.XattrMeta.RetrieveAttribute(f, bucket, object, attribute)
	name, away := bytes.CutPrefix(value, []byte(elsewhere))
	if err != nil || !away {
		return value, err
	}
	value, err = os.ReadFile(filepath.Join(a.files(bucket, object), string(name)))
	if errors.Is(err, os.ErrNotExist) && object != "" {
		return nil, meta.ErrNoSuchKey // an older object of this key was deleted at the same moment
	}
	if err == nil && hex.EncodeToString(digestOf(value)) != string(name) {
		err = errors.New("it is damaged")
	}
	if err != nil {
		return nil, fmt.Errorf("attribute %s of %s/%s: %w", attribute, bucket, object, err)
	}
	return value, nil
}

// DeleteAttributes removes the files of an object that is gone; its attributes
// went with it.
func (a attributes) DeleteAttributes(bucket, object string) error {
	return os.RemoveAll(a.files(bucket, object))
}

// RenameObject takes the files along.
func (a attributes) RenameObject(bucket, from, to string) error {
	target := a.files(bucket, to)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	err := os.Rename(a.files(bucket, from), target)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
