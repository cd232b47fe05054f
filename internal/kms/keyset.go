package kms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead/aesgcmhkdf"
)

// maxKeyset bounds, in bytes, a keyset file: some thousand keys.
const maxKeyset = 1 << 20

// parameters are the one kind of key: AES-256-GCM in segments of 64 KiB, each file under a key of its own that HKDF
// derives. One kind, so that the size of content follows from the size of its sealed form.
func parameters() (*aesgcmhkdf.Parameters, error) {
	return aesgcmhkdf.NewParameters(aesgcmhkdf.ParametersOpts{
		KeySizeInBytes: derivedKey, DerivedKeySizeInBytes: derivedKey,
		HKDFHashType: aesgcmhkdf.SHA256, SegmentSizeInBytes: segment,
	})
}

// NewKeyset makes a keyset with one key, as the JSON that a file holds. Nothing but the file's mode protects it.
func NewKeyset() ([]byte, error) { return withNewKey(keyset.NewManager()) }

// withNewKey adds a key and seals with it from now on; the older ones stay for reading.
func withNewKey(keys *keyset.Manager) ([]byte, error) {
	kind, err := parameters()
	if err != nil {
		return nil, err
	}
	id, err := keys.AddNewKeyFromParameters(kind)
	if err != nil {
		return nil, err
	}
	if err := keys.SetPrimary(id); err != nil {
		return nil, err
	}
	handle, err := keys.Handle()
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	err = insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&content))
	return content.Bytes(), err
}

// Create writes a new keyset to a file of mode 0600. A file that is there already is an error.
func Create(file string) error {
	content, err := NewKeyset()
	if err != nil {
		return fmt.Errorf("new keyset: %w", err)
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("keyset %s is there already; what it seals could not be read without it, so it is not overwritten", file)
	}
	return place(file, content, os.Link)
}

// Rotate adds a new key to a keyset file, for all sealing from the next start of a server on. It gives the number of
// keys that the file then has. The file is replaced in one step.
func Rotate(file string) (int, error) {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return 0, err
	}
	// The folder, for the file is another one after each rotation: of two at the same time none must lose the other's key.
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return 0, err
	}
	defer folder.Close()
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return 0, fmt.Errorf("keyset %s: lock its folder: %w", file, err)
	}
	handle, err := readKeyset(file)
	if err != nil {
		return 0, err
	}
	content, err := withNewKey(keyset.NewManagerFromHandle(handle))
	if err != nil {
		return 0, fmt.Errorf("keyset %s: new key: %w", file, err)
	}
	return handle.Len() + 1, place(file, content, os.Rename)
}

// place writes beside the file, to disk, and then gives it its name.
func place(file string, content []byte, rename func(from, to string) error) error {
	beside, err := os.CreateTemp(filepath.Dir(file), ".keyset-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keyset %s: %w", file, err)
	}
	defer os.Remove(beside.Name())
	_, err = beside.Write(content)
	err = errors.Join(err, beside.Sync(), beside.Close())
	if err == nil {
		err = rename(beside.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("keyset %s: %w", file, err)
	}
	return nil
}

func readKeyset(file string) (*keyset.Handle, error) {
	refuse := func(format string, args ...any) (*keyset.Handle, error) {
		return nil, fmt.Errorf("keyset %s: %w", file, fmt.Errorf(format, args...))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("keyset: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return refuse("%w", err)
	case !info.Mode().IsRegular():
		return refuse("it is not a file")
	case info.Mode().Perm()&0o077 != 0:
		return refuse("its mode %04o lets others at it; make it 0600 (chmod 600)", info.Mode().Perm())
	case info.Size() > maxKeyset:
		return refuse("it has %d bytes, the most is %d", info.Size(), maxKeyset)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(io.LimitReader(f, maxKeyset)))
	if err != nil { // the library's reason could quote the file
		return refuse("it is not a keyset in Tink's JSON; make one with `ownsight kms create`")
	}
	if err := checkKind(handle); err != nil {
		return refuse("%w", err)
	}
	return handle, nil
}

// checkKind refuses keys for anything but sealing.
func checkKind(handle *keyset.Handle) error {
	want, err := parameters()
	if err != nil {
		return err
	}
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return err
		}
		if kind := entry.Key().Parameters(); kind == nil || !kind.Equal(want) {
			return fmt.Errorf("key %d in it is not for AES-256-GCM-HKDF streaming in segments of 64 KiB; make a keyset with `ownsight kms create`",
				entry.KeyID())
		}
	}
	return nil
}
