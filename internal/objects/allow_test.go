package objects_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
)

// What the rule refuses is not even asked for.
func TestAllowIsAskedBeforeTheServer(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusRequestURITooLong) // an answer that no table lists
	}))
	defer server.Close()
	store, err := objects.NewStore(objects.Config{Endpoint: server.URL, AccessKey: "a", SecretKey: "b", PathStyle: true,
		Allow: func(account, bucket string) bool { return account == "111122223333" && bucket != "secret" }})
	require.NoError(t, err)

	for _, c := range []struct{ account, bucket string }{{"444455556666", "pictures"}, {"111122223333", "secret"}} {
		client := store.Account(c.account)
		_, _, err := client.Get(t.Context(), c.bucket, "k", "")
		require.ErrorIs(t, err, objects.ErrAccessDenied)
		_, err = client.Head(t.Context(), c.bucket, "k", "")
		require.ErrorIs(t, err, objects.ErrAccessDenied)
		require.ErrorIs(t, client.Delete(t.Context(), c.bucket, "k"), objects.ErrAccessDenied)
		require.ErrorIs(t, client.DeletePrefix(t.Context(), c.bucket, "k"), objects.ErrAccessDenied)
		require.ErrorIs(t, client.EnsureBucket(t.Context(), c.bucket), objects.ErrAccessDenied)
		for _, err := range client.List(t.Context(), c.bucket, "") {
			require.ErrorIs(t, err, objects.ErrAccessDenied)
		}
	}
	require.Zero(t, asked)

	_, err = store.Account("111122223333").Head(t.Context(), "pictures", "k", "")
	require.ErrorIs(t, err, objects.ErrRefused)
	require.True(t, objects.Wrong(err))
	require.Equal(t, 1, asked)
}
