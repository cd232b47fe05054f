package objects_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/access/policy"
	"ownsight/internal/objects"
)

// One embedded server serves all tests: a process can hold no second one.
var (
	embedded *objects.Embedded
	server   *httptest.Server // the embedded server as the world sees it
	keys     = &keyring{known: map[string]objects.S3Key{
		"AKIAFIRSTKEY":     {Principal: root(first), Secret: "first-secret"},
		"AKIASECONDKEY":    {Principal: root(first), Secret: "second-secret"},
		"AKIAOTHERKEY":     {Principal: root(other), Secret: "other-secret"},
		keyOf(root(first)): {Principal: root(first), Secret: "secret"},
		keyOf(root(other)): {Principal: root(other), Secret: "secret"},
	}, broken: map[string]error{}}
	testdata, _ = filepath.Abs("testdata") // before the server moves the process
	dataDir     string
)

const (
	first = "111122223333"
	other = "444455556666"
)

func root(account string) ownsight.Principal { return ownsight.Principal{Account: account} }

var someKey = map[string]objects.Key{first: {ID: "a", Secret: "b"}}

// policies are the identity policies of users; tests add more.
var policies = &policyBook{documents: map[ownsight.Principal][]string{}, broken: map[ownsight.Principal]error{}}

type policyBook struct {
	mutex     sync.Mutex
	documents map[ownsight.Principal][]string
	broken    map[ownsight.Principal]error
}

func (b *policyBook) Decide(_ context.Context, p ownsight.Principal, action, resource string, conditions map[string][]string) (ownsight.Decision, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	about := maps.Clone(conditions)
	if about == nil {
		about = map[string][]string{}
	}
	about["aws:username"] = []string{p.User}
	return policy.Identity(b.documents[p], policy.Request{Action: action, Resource: resource, Context: about}), b.broken[p]
}

// user makes a user with a policy for each of these statements.
func user(t testing.TB, account, name string, statements ...string) ownsight.Principal {
	t.Helper()
	p := ownsight.Principal{Account: account, User: name}
	keys.add(keyOf(p), objects.S3Key{Principal: p, Secret: "secret"})
	policies.mutex.Lock()
	defer policies.mutex.Unlock()
	for _, s := range statements {
		document := `{"Version":"2012-10-17","Statement":[` + s + `]}`
		require.NoError(t, policy.CheckIdentity(document))
		policies.documents[p] = append(policies.documents[p], document)
	}
	return p
}

// keyOf is the key by which tests know a principal from outside; its secret is
// "secret".
func keyOf(p ownsight.Principal) string {
	return "AKIA" + p.Account + hex.EncodeToString([]byte(p.User))
}

// api is an SDK client with a principal's key.
func api(p ownsight.Principal) *s3.Client {
	return sdk(server.URL, http.DefaultClient, keyOf(p), "secret")
}

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
		Dir: dataDir, Keys: keys, Rights: policies, Regions: []string{"us-east-1", "eu-west-1"},
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
		Endpoint: server.URL, Region: region, PathStyle: true, Keys: map[string]objects.Key{first: {ID: id, Secret: secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return store.As(root(first))
}
