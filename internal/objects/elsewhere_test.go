package objects_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/objects"
	"ownsight/internal/objects/objectstest"
)

// elsewhere is the shared server as another S3 server, where each account has
// the key of a root.
func elsewhere(t *testing.T) *objects.Store {
	t.Helper()
	store, err := objects.NewStore(objects.Config{Endpoint: server.URL, PathStyle: true, Archive: "archive", Rights: policies, Keys: map[string]objects.Key{
		first: {ID: "AKIAFIRSTKEY", Secret: "first-secret"}, other: {ID: "AKIAOTHERKEY", Secret: "other-secret"},
		ownsight.SystemAccount: {ID: "AKIAFIRSTKEY", Secret: "first-secret"},
	}})
	require.NoError(t, err)
	return store
}

// attempts are all that a client can be asked for.
func attempts(t *testing.T, client *objects.Client, bucket, key string) map[string]error {
	t.Helper()
	_, _, get := client.Get(t.Context(), bucket, key, "")
	_, _, getVersion := client.Get(t.Context(), bucket, key, "01JAAAAAAAAAAAAAAAAAAAAAAA")
	_, head := client.Head(t.Context(), bucket, key, "")
	_, put := client.Put(t.Context(), bucket, key, strings.NewReader("x"), objects.PutOptions{})
	var list error
	for _, err := range client.List(t.Context(), bucket, key) {
		list = err
	}
	return map[string]error{
		"get": get, "get version": getVersion, "head": head, "put": put, "list": list,
		"delete": client.Delete(t.Context(), bucket, key), "delete below": client.DeletePrefix(t.Context(), bucket, key),
		"make bucket": client.EnsureBucket(t.Context(), bucket),
	}
}

// What is refused is not even asked for.
func TestRefusedBeforeTheServerIsAsked(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusRequestURITooLong) // an answer that no table lists
	}))
	defer server.Close()
	store, err := objects.NewStore(objects.Config{Endpoint: server.URL, PathStyle: true, Archive: "archive", Rights: policies,
		Keys: map[string]objects.Key{first: {ID: "a", Secret: "b"}, ownsight.SystemAccount: {ID: "a", Secret: "b"}}})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		caller ownsight.Principal
		bucket string
	}{
		"account without a key":    {root(other), "pictures"},
		"its user":                 {user(t, other, "keyless", allowAll), "pictures"},
		"the system's bucket":      {root(first), "archive"},
		"for a user":               {user(t, first, "curious", allowAll), "archive"},
		"the system outside of it": {root(ownsight.SystemAccount), "pictures"},
		"user without a policy":    {user(t, first, "nobody"), "pictures"},
		"denied user":              {user(t, first, "out", allowAll, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`), "pictures"},
	} {
		for operation, err := range attempts(t, store.As(c.caller), c.bucket, "secret/k") {
			require.ErrorIs(t, err, objects.ErrAccessDenied, "%s: %s", name, operation)
		}
	}
	require.Zero(t, asked)
	for caller, bucket := range map[ownsight.Principal]string{
		root(first): "pictures", root(ownsight.SystemAccount): "archive", user(t, first, "free", allowAll): "pictures",
	} {
		for operation, err := range attempts(t, store.As(caller), bucket, "k") {
			require.ErrorIs(t, err, objects.ErrRefused, operation)
		}
	}
	require.Equal(t, 3*8, asked)
}

func TestRightsOfUsersElsewhere(t *testing.T) {
	store := elsewhere(t)
	bucket := objectstest.Bucket(t, store.As(root(first)))
	for _, key := range []string{"home/ann/a", "home/bob/a"} {
		_, err := store.As(root(first)).Put(t.Context(), bucket, key, strings.NewReader("x"), objects.PutOptions{})
		require.NoError(t, err)
	}
	ann := store.As(user(t, first, "ann", ownHome))
	for operation, err := range attempts(t, ann, bucket, "home/bob/a") {
		require.ErrorIs(t, err, objects.ErrAccessDenied, operation)
	}
	done := attempts(t, ann, bucket, "home/ann/a")
	for _, operation := range []string{"get", "head", "put", "list", "delete", "delete below"} {
		require.NoError(t, done[operation], operation)
	}
	require.ErrorIs(t, done["get version"], objects.ErrAccessDenied, "a right of its own")
	require.ErrorContains(t, done["make bucket"], "arn:aws:iam::111122223333:user/ann is not authorized to perform s3:CreateBucket")

	// What another account's key reaches, the server says.
	require.ErrorIs(t, readable(t, store.As(root(other)), bucket, "home/bob/a"), objects.ErrAccessDenied)
	require.ErrorIs(t, readable(t, store.As(user(t, other, "full", allowAll)), bucket, "home/bob/a"), objects.ErrAccessDenied)
}

func TestDeletePrefixKeepsWhatAUserMayNotDelete(t *testing.T) {
	store := elsewhere(t)
	bucket := objectstest.Bucket(t, store.As(root(first)))
	for _, key := range []string{"run/a", "run/secret/a"} {
		_, err := store.As(root(first)).Put(t.Context(), bucket, key, strings.NewReader("x"), objects.PutOptions{})
		require.NoError(t, err)
	}
	careful := store.As(user(t, first, "careful", allowAll, denySecrets))
	require.ErrorIs(t, careful.DeletePrefix(t.Context(), bucket, "run/"), objects.ErrAccessDenied)
	require.NoError(t, readable(t, store.As(root(first)), bucket, "run/secret/a"))
}
