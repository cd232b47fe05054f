package objects

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"

	"ownsight/internal/kms"
)

const (
	defaultRegion = "us-east-1"
	maxCopy       = 5 << 30 // bytes; what S3 copies in one request
)

// DefaultDomain is the base of virtual hosts when nothing else is said.
const DefaultDomain = "localhost"

// EmbeddedConfig describes the embedded server.
type EmbeddedConfig struct {
	// Dir is the program's data directory. Buckets are folders of Dir/s3, their
	// objects files in them; what S3 knows beside the bytes lies in extended
	// attributes, what is too large for them in Dir/s3-attributes, all of it in
	// Dir/s3-metadata where the file system has none. Older versions of objects
	// are in Dir/s3-versions.
	Dir string
	// Keys resolves the access keys of those who call from outside.
	Keys Keys
	// Rights are those of users. Nil: they have none.
	Rights Rights
	// Sealed opens the objects that were put with a key of KMS. Nil: none.
	Sealed *kms.Keyring
	// Regions are those that a signature may name; the first is the default.
	// Buckets are the same in all of them. Empty: us-east-1.
	Regions []string
	// Domain is the base of virtual hosts: bucket.Domain, with any port.
	// Empty: DefaultDomain.
	Domain string
}

// Embedded is the S3 server inside the program. It is the [http.Handler] of all
// S3 requests; signatures are checked behind it. Only one can run in a process,
// because its file backend works below the current directory of the process:
// Start moves there for good.
type Embedded struct {
	config   EmbeddedConfig
	identity *identity
	store    *Store

	mutex    sync.Mutex // guards Start and Stop
	files    backend.Backend
	sockets  string
	gateways atomic.Pointer[gateways] // nil while stopped
}

// running keeps a second server from moving the process under the first.
var running atomic.Bool

// NewEmbedded checks the configuration and touches nothing yet.
func NewEmbedded(config EmbeddedConfig) (*Embedded, error) {
	if config.Keys == nil {
		return nil, errors.New("embedded S3 server: no source of access keys")
	}
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, fmt.Errorf("embedded S3 server: data directory %q: %w", config.Dir, err)
	}
	config.Dir = dir
	if len(config.Regions) == 0 {
		config.Regions = []string{defaultRegion}
	}
	for i, region := range config.Regions {
		if region == "" || slices.Contains(config.Regions[:i], region) {
			return nil, fmt.Errorf("embedded S3 server: region %q is empty or named twice", region)
		}
	}
	if config.Domain == "" {
		config.Domain = DefaultDomain
	}
	if config.Sealed == nil {
		config.Sealed = &kms.Keyring{}
	}
	e := &Embedded{config: config, identity: newIdentity(config.Keys, config.Rights)}
	// The host is only a name for the signature: connections go to the socket.
	at := Config{Endpoint: "http://s3.embedded", Region: config.Regions[0], PathStyle: true}
	e.store = newStore(at, e.dial)
	e.store.transport.Proxy = nil
	e.store.key = e.identity.internalKey
	e.store.seals = true
	return e, nil
}

// Store gives clients inside the process. Their keys are made by NewEmbedded,
// live in memory only, and work whenever the server runs.
func (e *Embedded) Store() *Store { return e.store }

func (e *Embedded) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	current := e.gateways.Load()
	if current == nil {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: errors.New("the embedded S3 server is stopped")}
	}
	return current.inside.dial(ctx, "", "")
}

// Start returns when the server answers, which takes milliseconds. A started
// server stays as it is.
func (e *Embedded) Start(ctx context.Context) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.gateways.Load() != nil {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("embedded S3 server: %w", err)
	}
	if !running.CompareAndSwap(false, true) {
		return errors.New("embedded S3 server: another one runs in this process")
	}
	if err := e.start(); err != nil {
		e.release()
		return fmt.Errorf("embedded S3 server: %w", err)
	}
	return nil
}

func (e *Embedded) start() error {
	files, err := openFiles(e.config.Dir, e.config.Sealed)
	if err != nil {
		return err
	}
	e.files = files
	if e.sockets, err = socketFolder(); err != nil {
		return err
	}
	e.identity.files = files
	started, err := startGateways(e.config, e.identity, files, e.sockets)
	if err != nil {
		return err
	}
	e.gateways.Store(started)
	return nil
}

// Stop ends the server after the requests under way, which have ten seconds
// for it. A stopped server stays as it is, and can be started again.
func (e *Embedded) Stop() error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	current := e.gateways.Swap(nil)
	if current == nil {
		return nil
	}
	e.store.transport.CloseIdleConnections()
	err := current.stop()
	e.release()
	return err
}

// release undoes start, as far as it came.
func (e *Embedded) release() {
	if e.files != nil {
		e.files.Shutdown()
		e.files = nil
	}
	if e.sockets != "" {
		// Only sockets are in there; what stays of them harms nobody.
		_ = os.RemoveAll(e.sockets)
		e.sockets = ""
	}
	running.Store(false)
}

// ServeHTTP answers one S3 request, or 503 while the server is stopped.
func (e *Embedded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	current := e.gateways.Load()
	if current == nil {
		unavailable(w, r, nil)
		return
	}
	current.of(r).proxy.ServeHTTP(metadataCase{w}, r)
}

// openFiles opens the file backend over Dir/s3. It moves the process there:
// the backend names every bucket relative to the current directory.
func openFiles(dir string, keys *kms.Keyring) (backend.Backend, error) {
	root, versions := filepath.Join(dir, "s3"), filepath.Join(dir, "s3-versions")
	for _, folder := range []string{root, versions} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	metadata, err := openMetadata(root, filepath.Join(dir, "s3-metadata"), filepath.Join(dir, "s3-attributes"))
	if err != nil {
		return nil, err
	}
	options := posix.PosixOpts{
		VersioningDir:       versions,
		ValidateBucketNames: true,
		CopyObjectThreshold: maxCopy,
	}
	options.SetNewDirPerm(0o700)
	options.SetNewFilePerm(0o600)
	var files *posix.Posix
	err = quietly(func() error {
		files, err = posix.New(root, metadata, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &sealedFiles{Posix: files, metadata: metadata, keys: keys}, nil
}

// quietly keeps standard output for the program's own lines: the backend
// announces its folders there. Called while nothing else serves yet.
func quietly(open func() error) error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	out := os.Stdout
	os.Stdout = null
	defer func() { os.Stdout = out }()
	return open()
}

// openMetadata prefers extended attributes: they travel with the file and
// change in one step with it. What is too large for them lies in a folder beside.
// A side folder for everything, once there, stays in use.
func openMetadata(root, side, large string) (meta.MetadataStorer, error) {
	extended := attributes{folder: large}
	if _, err := os.Stat(side); err != nil && extended.StoreAttribute(nil, root, "", "probe", []byte("1")) == nil {
		return extended, extended.DeleteAttribute(root, "", "probe")
	}
	if err := os.MkdirAll(side, 0o700); err != nil {
		return nil, err
	}
	return meta.NewSideCar(side)
}

// socketFolder makes a folder that only this user can enter, at a path short
// enough for a socket's address (107 bytes), which a data directory need not
// have.
func socketFolder() (string, error) {
	parent := os.TempDir()
	if len(parent) > 70 {
		parent = "/tmp"
	}
	return os.MkdirTemp(parent, "ownsight-s3-") // mode 0700
}

// secret is 256 bits of randomness, as text.
func secret() string { return rand.Text() + rand.Text() }
