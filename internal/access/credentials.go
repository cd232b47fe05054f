package access

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"ownsight"
)

var profilePattern = regexp.MustCompile(`^[A-Za-z0-9_.@-]{1,64}$`)

// CheckProfile says what is wrong with a profile's name, or nil.
func CheckProfile(name string) error {
	if !profilePattern.MatchString(name) {
		return fmt.Errorf("profile %q: needs 1 to 64 letters, digits or _ . @ -", name)
	}
	return nil
}

// lockCredentials keeps other processes from the credentials files until release is called.
func lockCredentials(dir string) (release func(), err error) {
	lock, err := os.OpenFile(filepath.Join(dir, "credentials.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock credentials: %w", err), lock.Close())
	}
	return func() { lock.Close() }, nil
}

// presignedV4 makes boto3 and the AWS CLI presign S3 URLs with Signature Version 4; left to themselves they take the second
// one, which ended in 2020 and is served nowhere here.
const presignedV4 = "s3 =\n    signature_version = s3v4"

// appendProfile writes a key under a profile into DIR/credentials and its region into DIR/config, in the AWS
// shared-file format, mode 0600. A profile that is there already is an error: nothing is ever overwritten. The caller
// holds the lock.
func appendProfile(dir, profile string, key ownsight.AccessKey) error {
	section := profile
	if profile != "default" {
		section = "profile " + profile
	}
	if err := appendSection(filepath.Join(dir, "config"), section, "region = "+ownsight.DefaultRegion, presignedV4); err != nil {
		return err
	}
	return appendSection(credentialsPath(dir), profile,
		"aws_access_key_id = "+key.ID, "aws_secret_access_key = "+key.Secret)
}

func credentialsPath(dir string) string { return filepath.Join(dir, "credentials") }

// HasProfile reports whether DIR/credentials holds the profile.
func HasProfile(dir, profile string) (bool, error) {
	b, err := os.ReadFile(credentialsPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return hasSection(b, profile), err
}

// hasKey reports whether DIR/credentials holds an access key.
func hasKey(dir, id string) (bool, error) {
	b, err := os.ReadFile(credentialsPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Contains(b, []byte("aws_access_key_id = "+id+"\n")), err
}

// appendSection replaces the file by itself with one section more. A section that config already holds stays, so
// that a call which was cut off between the two files can be made again.
func appendSection(path, section string, lines ...string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if hasSection(old, section) {
		if filepath.Base(path) == "config" {
			return nil
		}
		return ownsight.Errorf(ownsight.AlreadyExists, "profile %q is in %s already; choose another name with --profile", section, path)
	}
	var b bytes.Buffer
	b.Write(old)
	if len(old) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "[%s]\n%s\n", section, strings.Join(lines, "\n"))
	return replaceFile(path, b.Bytes())
}

func hasSection(b []byte, section string) bool {
	for line := range strings.Lines(string(b)) {
		if strings.TrimSpace(line) == "["+section+"]" {
			return true
		}
	}
	return false
}

// replaceFile swaps in the new content in one step: a reader sees the old or the new file, and so does a crash.
func replaceFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}
