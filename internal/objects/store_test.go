package objects_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/objects"
	"ownsight/internal/objects/objectstest"
)

func TestEmbeddedStore(t *testing.T) {
	objectstest.Run(t, func(*testing.T) *objects.Client { return embedded.Store().As(root(first)) })
}

func TestStoreThroughTheFrontDoor(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) *objects.Client {
		return outside(t, "AKIAFIRSTKEY", "first-secret", "eu-west-1")
	})
}

// OWNSIGHT_TEST_S3 is an endpoint; its keys come in AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_REGION.
func TestExternalStore(t *testing.T) {
	endpoint := os.Getenv("OWNSIGHT_TEST_S3")
	if endpoint == "" {
		t.Skip("set OWNSIGHT_TEST_S3 to the URL of an S3 server, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION")
	}
	objectstest.Run(t, func(t *testing.T) *objects.Client {
		store, err := objects.NewStore(objects.Config{
			Endpoint: endpoint, Region: os.Getenv("AWS_REGION"), PathStyle: true,
			Keys: map[string]objects.Key{first: {ID: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: os.Getenv("AWS_SECRET_ACCESS_KEY")}},
		})
		require.NoError(t, err)
		return store.As(root(first))
	})
}

func TestNewStoreRefuses(t *testing.T) {
	for _, config := range []objects.Config{
		{Endpoint: "http://127.0.0.1:9000"},
		{Endpoint: "http://127.0.0.1:9000", Keys: map[string]objects.Key{first: {ID: "a"}}},
		{Endpoint: "127.0.0.1:9000", Keys: someKey},
		{Endpoint: "ftp://host", Keys: someKey},
	} {
		_, err := objects.NewStore(config)
		require.Error(t, err, config)
	}
}

func TestUnavailable(t *testing.T) {
	answer := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close()) // nobody listens there now
	for name, endpoint := range map[string]string{
		"refused": "http://" + listener.Addr().String(),
		"500":     answer(http.StatusInternalServerError),
		"503":     answer(http.StatusServiceUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := objects.NewStore(objects.Config{Endpoint: endpoint, Keys: someKey, PathStyle: true})
			require.NoError(t, err)
			_, _, err = store.As(root(first)).Get(t.Context(), "bucket", "key", "")
			require.ErrorIs(t, err, objects.ErrUnavailable)
		})
	}
}
