package objects

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// overPipe runs a test in a bubble, whose clock costs no time, with a client of an S3 server that answers each connection
// by hand.
func overPipe(t *testing.T, serve func(line net.Conn, r *http.Request), test func(t *testing.T, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var lines []net.Conn
		s := newStore(Config{Endpoint: "http://s3.test", PathStyle: true}, func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			lines = append(lines, theirs)
			go func() {
				if r, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
					serve(theirs, r)
				}
			}()
			return ours, nil
		})
		s.transport.Proxy = nil
		s.key = func(ownsight.Principal) Key { return Key{"AKIA", "secret"} }
		defer func() {
			s.transport.CloseIdleConnections()
			for _, line := range lines {
				line.Close()
			}
		}()
		test(t, s.As(ownsight.Principal{}))
	})
}

func silent(net.Conn, *http.Request) {}

// breaksOff begins an answer and then stands still.
func breaksOff(line net.Conn, _ *http.Request) {
	fmt.Fprint(line, "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 1000\r\n\r\n<beginning")
}

// A server that takes connections and says nothing is one that is not there.
func TestServersThatStandStill(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 4<<20)
	for name, c := range map[string]struct {
		serve func(net.Conn, *http.Request)
		ask   func(ctx context.Context, c *Client) error
		tries int
	}{
		"get": {silent, func(ctx context.Context, c *Client) error {
			_, _, err := c.Get(ctx, "bucket", "key", "")
			return err
		}, 3},
		"head": {silent, func(ctx context.Context, c *Client) error {
			_, err := c.Head(ctx, "bucket", "key", "")
			return err
		}, 3},
		"put that is not taken": {silent, func(ctx context.Context, c *Client) error {
			_, err := c.Put(ctx, "bucket", "key", bytes.NewReader(large), PutOptions{})
			return err
		}, 3},
		"put that is taken": {func(_ net.Conn, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, func(ctx context.Context, c *Client) error {
			return c.PutExact(ctx, "bucket", "key", large, [32]byte{})
		}, 3},
		"get that breaks off": {breaksOff, func(ctx context.Context, c *Client) error {
			_, _, err := c.GetBytes(ctx, "bucket", "key", "", 1000)
			return err
		}, 1},
		"range that breaks off": {breaksOff, func(ctx context.Context, c *Client) error {
			return c.ReadRange(ctx, "bucket", "key", "", make([]byte, 1000), 0)
		}, 1},
		"reader that breaks off": {breaksOff, func(ctx context.Context, c *Client) error {
			body, err := c.OpenRange(ctx, "bucket", "key", "", 0, 1000)
			if err != nil {
				return fmt.Errorf("open: %v", err) //nolint:errorlint // not what is tested
			}
			defer body.Close()
			_, err = io.ReadAll(body)
			return err
		}, 1},
		"list that breaks off": {breaksOff, func(ctx context.Context, c *Client) error {
			for _, err := range c.List(ctx, "bucket", "prefix") {
				return err
			}
			return nil
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			overPipe(t, c.serve, func(t *testing.T, client *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				err := c.ask(ctx, client)
				require.ErrorIs(t, err, ErrUnavailable)
				require.ErrorContains(t, err, "has not gone on for 1m0s")
				if c.tries > 0 {
					require.InDelta(t, time.Duration(c.tries)*stillFor, time.Since(began), float64(time.Second))
				}
			})
		})
	}
}

// What the caller gave up is not the server's fault.
func TestCallersThatGiveUp(t *testing.T) {
	overPipe(t, silent, func(t *testing.T, c *Client) {
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer time.AfterFunc(stillFor/2, func() { cancel(gone) }).Stop()
		_, _, err := c.GetBytes(ctx, "bucket", "key", "", 1000)
		require.ErrorIs(t, err, gone)
		require.NotErrorIs(t, err, ErrUnavailable)
	})
}

// A server may be slow for hours, and so may who reads.
func TestSlowServersHaveTheirTime(t *testing.T) {
	pause := func() { time.Sleep(stillFor - time.Second) } // of the bubble's clock
	text := strings.Repeat("x", 100)
	overPipe(t, func(line net.Conn, _ *http.Request) {
		pause()
		fmt.Fprint(line, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
		for i := range text {
			pause()
			fmt.Fprint(line, text[i:i+1])
		}
	}, func(t *testing.T, c *Client) {
		began := time.Now()
		content, _, err := c.GetBytes(t.Context(), "bucket", "key", "", 1000)
		require.NoError(t, err)
		require.Equal(t, text, string(content))
		require.Greater(t, time.Since(began), time.Hour)
	})
	overPipe(t, func(line net.Conn, r *http.Request) {
		buffer := make([]byte, 32<<10)
		for err := error(nil); err == nil; _, err = io.ReadFull(r.Body, buffer) {
			pause()
		}
		fmt.Fprint(line, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"e\"\r\n\r\n")
	}, func(t *testing.T, c *Client) {
		began := time.Now()
		require.NoError(t, c.PutExact(t.Context(), "bucket", "key", make([]byte, 2<<20), [32]byte{}))
		require.Greater(t, time.Since(began), 30*time.Minute)
	})
	overPipe(t, func(line net.Conn, _ *http.Request) {
		fmt.Fprint(line, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+text)
	}, func(t *testing.T, c *Client) {
		body, _, err := c.Get(t.Context(), "bucket", "key", "")
		require.NoError(t, err)
		defer body.Close()
		for range text {
			time.Sleep(time.Hour)
			_, err := io.ReadFull(body, make([]byte, 1))
			require.NoError(t, err)
		}
	})
}

// To join the parts of an object may take long, and is not asked for twice.
func TestJoiningPartsTakesLong(t *testing.T) {
	parts := []Part{{1, `"e"`}}
	overPipe(t, func(line net.Conn, _ *http.Request) {
		time.Sleep(joiningFor - time.Second)
		fmt.Fprint(line, "HTTP/1.1 200 OK\r\nContent-Length: 91\r\n\r\n<CompleteMultipartUploadResult><ETag>&quot;e-1&quot;</ETag></CompleteMultipartUploadResult>")
	}, func(t *testing.T, c *Client) {
		etag, err := c.EndParts(t.Context(), "bucket", "key", "upload", parts)
		require.NoError(t, err)
		require.Equal(t, "e-1", etag)
	})
	overPipe(t, silent, func(t *testing.T, c *Client) {
		began := time.Now()
		_, err := c.EndParts(t.Context(), "bucket", "key", "upload", parts)
		require.ErrorIs(t, err, ErrUnavailable)
		require.Equal(t, joiningFor, time.Since(began))
	})
}
