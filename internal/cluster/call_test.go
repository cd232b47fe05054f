package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/awswire"
)

// answering is a node that needs no database for its answers.
func answering() *Cluster {
	c := &Cluster{Options: Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, secret: "secret", verifier: awswire.NewVerifier(keys{"secret"}, time.Now)}
	c.handlers = map[string]Handler{"detect": func(_ context.Context, _ json.RawMessage, body []byte) (any, error) { return len(body), nil }}
	return c
}

// message is a call as another node sends it, with the secret that it has; before says that it is one of before sumHeader.
func message(t *testing.T, secret string, body []byte, before bool) *http.Request {
	t.Helper()
	text := append(binary.BigEndian.AppendUint32(nil, 2), "{}"...)
	text = append(text, body...)
	r := httptest.NewRequest(http.MethodPost, path+"detect", bytes.NewReader(text))
	sum := sha256.Sum256(text)
	if !before {
		r.Header.Set(sumHeader, hex.EncodeToString(sum[:]))
	}
	key := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), key, r, hex.EncodeToString(sum[:]), signingName, ownsight.DefaultRegion, time.Now()))
	return r
}

func answer(c *Cluster, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// Nothing is read of what a stranger sends, though it names the key that all nodes have.
func TestNothingIsReadOfStrangers(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"guesses the secret":    func(*http.Request) {},
		"signs another message": func(r *http.Request) { r.Header.Set(sumHeader, strings.Repeat("0", 64)) },
		"signs no message":      func(r *http.Request) { r.Header.Set(sumHeader, "UNSIGNED-PAYLOAD") },
	} {
		secret := "secret"
		if name == "guesses the secret" {
			secret = "guessed"
		}
		r := message(t, secret, nil, false)
		change(r)
		read := 0
		r.Body = io.NopCloser(readerFunc(func(p []byte) (int, error) { read += len(p); return len(p), nil }))
		w := answer(answering(), r)
		require.Equal(t, http.StatusForbidden, w.Code, name)
		require.Contains(t, w.Body.String(), "signature", name)
		require.Zero(t, read, name)
	}
}

// boundedBody is a body that sets the deadline of its connection.
type boundedBody struct {
	io.ReadCloser
	until time.Time
}

func (b *boundedBody) SetReadDeadline(at time.Time) error {
	b.until = at
	return nil
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A signature holds for its own message only.
func TestMessagesAreWhatWasSigned(t *testing.T) {
	picture := bytes.Repeat([]byte("picture"), 100_000)
	w := answer(answering(), message(t, "secret", picture, false))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Equal(t, "700000", w.Body.String())
	for _, before := range []bool{false, true} {
		r := message(t, "secret", picture, before)
		r.Body = io.NopCloser(bytes.NewReader(append([]byte{0, 0, 0, 2, '{', '}'}, "another"...)))
		require.Equal(t, http.StatusForbidden, answer(answering(), r).Code)
	}
}

// While a cluster is upgraded, nodes of before are answered, a few at a time: who cannot be read soon is told to ask another node.
func TestMessagesOfNodesOfBefore(t *testing.T) {
	defer func(all chan struct{}) { unknown = all }(unknown)
	synctest.Test(t, func(t *testing.T) {
		unknown = make(chan struct{}, cap(unknown)) // of the bubble
		c := answering()
		w := answer(c, message(t, "secret", []byte("picture"), true))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "7", w.Body.String())
		require.Equal(t, http.StatusForbidden, answer(c, message(t, "guessed", []byte("picture"), true)).Code)

		began, arrives := 0, make(chan struct{})
		statuses := make(chan int, 100)
		for range cap(unknown) + 1 {
			r := message(t, "secret", nil, true)
			whole := r.Body
			r.Body = io.NopCloser(io.MultiReader(readerFunc(func([]byte) (int, error) {
				began++ // one after the other: the bubble has them wait for each other
				<-arrives
				return 0, io.EOF
			}), whole))
			go func() { statuses <- answer(c, r).Code }()
			synctest.Wait()
		}
		require.Equal(t, cap(unknown), began)
		require.Equal(t, http.StatusOK, answer(c, message(t, "secret", nil, false)).Code, "who signs what will come does not wait")
		now := time.Now()
		require.Equal(t, http.StatusServiceUnavailable, <-statuses)
		require.Equal(t, unknownWait, time.Since(now))
		go func() { statuses <- answer(c, message(t, "secret", nil, true)).Code }()
		synctest.Wait()
		close(arrives)
		for range cap(unknown) + 1 {
			require.Equal(t, http.StatusOK, <-statuses)
		}

		r := message(t, "secret", nil, true)
		r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		require.Equal(t, http.StatusInternalServerError, answer(c, r).Code)
		require.Empty(t, unknown, "all have left")

		r = message(t, "secret", nil, true)
		bounded := &boundedBody{ReadCloser: r.Body}
		r.Body = bounded
		require.Equal(t, http.StatusOK, answer(c, r).Code)
		require.Equal(t, time.Now().Add(unknownWait), bounded.until)
	})
}

// What this version sends is known to be a node's before it is read: it does not wait among what may be anybody's.
func TestCallsSayWhatComes(t *testing.T) {
	other := answering()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(sumHeader) == "" {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		other.ServeHTTP(w, r)
	}))
	defer server.Close()
	c := answering()
	c.client = server.Client()
	c.nodes = map[string]sighting{"b": {node: ownsight.Node{Name: "b", Address: server.URL}}}
	var n int
	require.NoError(t, c.Call(t.Context(), "b", "detect", question{1}, []byte("picture"), &n))
	require.Equal(t, 7, n)
}
