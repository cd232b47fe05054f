package objects_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ownsight/internal/objects"
)

// One embedded server serves all tests: a process can hold no second one.
var (
	embedded *objects.Embedded
	server   *httptest.Server // the embedded server as the world sees it
	keys     = &keyring{known: map[string]objects.S3Key{
		"AKIAFIRSTKEY":  {AccountID: first, Secret: "first-secret", Admin: true},
		"AKIASECONDKEY": {AccountID: first, Secret: "second-secret"},
		"AKIAOTHERKEY":  {AccountID: other, Secret: "other-secret", Admin: true},
	}, broken: map[string]error{}}
	testdata, _ = filepath.Abs("testdata") // before the server moves the process
	dataDir     string
)

const (
	first = "111122223333"
	other = "444455556666"
)

// keyring is a set of keys that may grow while the server runs.
type keyring struct {
	mutex  sync.Mutex
	known  map[string]objects.S3Key
	broken map[string]error
}

func (k *keyring) S3Key(_ context.Context, id string) (objects.S3Key, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err := k.broken[id]; err != nil {
		return objects.S3Key{}, err
	}
	key, found := k.known[id]
	if !found {
		return objects.S3Key{}, fmt.Errorf("%s: %w", id, objects.ErrUnknownKey)
	}
	return key, nil
}

func (k *keyring) add(id string, key objects.S3Key) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.known[id] = key
}

func (k *keyring) remove(id string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.known, id)
}

func (k *keyring) fail(id string, err error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.broken[id] = err
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if dataDir, err = os.MkdirTemp("", "objects-test-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(dataDir)
	embedded, err = objects.NewEmbedded(objects.EmbeddedConfig{
		Dir: dataDir, Keys: keys, Regions: []string{"us-east-1", "eu-west-1"},
	})
	if err != nil {
		return 0, err
	}
	if err := embedded.Start(context.Background()); err != nil {
		return 0, err
	}
	server = httptest.NewServer(embedded)
	code = m.Run()
	server.Close()
	return code, embedded.Stop()
}

// outside is a client that comes through the front door with its own key.
func outside(t *testing.T, id, secret, region string) *objects.Client {
	t.Helper()
	store, err := objects.NewStore(objects.Config{
		Endpoint: server.URL, Region: region, AccessKey: id, SecretKey: secret, PathStyle: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return store.Account("")
}
