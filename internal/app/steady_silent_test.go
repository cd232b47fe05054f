package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/awswire"
)

// pipes is a listener whose connections are pipes: their deadlines go by the clock of a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// exchange is a raw connection to a server, and what it has said of requests.
type exchange struct {
	net.Conn
	t       *testing.T
	answers *bufio.Reader
}

// overPipe runs a test in a bubble with a server whose bodies come steadily, as the program's do.
func overPipe(t *testing.T, h http.HandlerFunc, test func(x *exchange)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := make(pipes)
		s := &http.Server{Handler: steady(h, bodyGrace, bodyRate), IdleTimeout: 2 * time.Minute, ReadHeaderTimeout: 10 * time.Second}
		go s.Serve(p) //nolint:errcheck // ends with the test
		ours, theirs := net.Pipe()
		defer func() {
			ours.Close()
			s.Close()
			time.Sleep(2 * time.Second) // of the bubble's clock, until all have noticed
		}()
		p <- theirs
		test(&exchange{ours, t, bufio.NewReader(ours)})
	})
}

// answer gives the status and text of the next answer, and how long that took to come.
func (x *exchange) answer() (status int, text string, took time.Duration) {
	x.t.Helper()
	began := time.Now()
	answer, err := http.ReadResponse(x.answers, nil)
	require.NoError(x.t, err)
	took = time.Since(began)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(x.t, err)
	return answer.StatusCode, string(body), took
}

// ended waits until the server has closed the connection, and says how long that took.
func (x *exchange) ended() time.Duration {
	x.t.Helper()
	began := time.Now()
	_, err := x.answers.ReadByte()
	require.ErrorIs(x.t, err, io.EOF)
	return time.Since(began)
}

func ok(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }

func read(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, "your body came too slowly", http.StatusRequestTimeout)
		return
	}
	fmt.Fprint(w, "ok")
}

// Nobody holds a connection with a body that does not come, whatever becomes of the request.
func TestSilentBodiesEnd(t *testing.T) {
	part := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadFull(r.Body, make([]byte, 10))
		require.NoError(t, err)
		fmt.Fprint(w, "ok")
	}
	closes := func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close()
		fmt.Fprint(w, "ok")
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		length  string
		sent    string
		status  int
		took    time.Duration
	}{
		"not read":                {ok, "Content-Length: 1000", "", 200, bodyGrace},
		"not read, in chunks":     {ok, "Transfer-Encoding: chunked", "", 200, bodyGrace},
		"read":                    {read, "Content-Length: 1000", "", 408, bodyGrace},
		"read, some came":         {read, "Content-Length: 1000000", strings.Repeat("x", 512<<10), 408, bodyGrace},
		"read, some came, chunks": {read, "Transfer-Encoding: chunked", "5\r\nhello\r\n5", 408, bodyGrace},
		"read in part":            {part, "Content-Length: 1000", "a beginning", 200, bodyGrace},
		"closed":                  {closes, "Content-Length: 1000", "a beginning", 200, bodyGrace},
	} {
		t.Run(name, func(t *testing.T) {
			overPipe(t, c.handler, func(x *exchange) {
				fmt.Fprintf(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n%s", c.length, c.sent)
				status, _, took := x.answer()
				require.Equal(t, c.status, status)
				require.Equal(t, c.took, took.Round(time.Second))
				require.LessOrEqual(t, x.ended(), time.Second)
			})
		})
	}
}

// What is far too long to wait for is not waited for.
func TestLongBodiesThatNobodyReadsEndAtOnce(t *testing.T) {
	overPipe(t, ok, func(x *exchange) {
		fmt.Fprint(x, "PUT /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
		status, _, took := x.answer()
		require.Equal(t, 200, status)
		require.Zero(t, took)
		require.LessOrEqual(t, x.ended(), time.Second)
	})
}

// A client that asks whether its body is wanted hears that it is not, and need not send it.
func TestUnwantedBodiesAreNotWaitedFor(t *testing.T) {
	overPipe(t, ok, func(x *exchange) {
		fmt.Fprint(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
		status, _, took := x.answer()
		require.Equal(t, 200, status)
		require.Zero(t, took)
		require.LessOrEqual(t, x.ended(), bodyGrace)
	})
	overPipe(t, read, func(x *exchange) {
		fmt.Fprint(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		status, _, _ := x.answer()
		require.Equal(t, http.StatusContinue, status)
		fmt.Fprint(x, "hello")
		status, _, _ = x.answer()
		require.Equal(t, 200, status)
	})
}

// An upload over a bad line takes the time it takes, with pauses; the connection serves the next request after it.
func TestSlowUploadsGoOn(t *testing.T) {
	overPipe(t, read, func(x *exchange) {
		const seconds, rate = 1800, 2 * bodyRate
		fmt.Fprintf(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", seconds*rate)
		for range seconds / 50 {
			time.Sleep(50 * time.Second) // of the bubble's clock
			_, err := x.Write(make([]byte, 50*rate))
			require.NoError(t, err)
		}
		status, _, _ := x.answer()
		require.Equal(t, 200, status)
		time.Sleep(90 * time.Second)
		fmt.Fprint(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
		status, _, _ = x.answer()
		require.Equal(t, 200, status)
	})
}

// Too slow on average is too slow, though something comes all the time.
func TestDribblingBodiesEnd(t *testing.T) {
	overPipe(t, read, func(x *exchange) {
		go func() {
			fmt.Fprint(x, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
			for err := error(nil); err == nil; time.Sleep(time.Second) {
				_, err = x.Write(make([]byte, bodyRate/2))
			}
		}()
		status, _, took := x.answer()
		require.Equal(t, 408, status)
		require.InDelta(t, 2*bodyGrace, took, float64(2*time.Second))
	})
}

// A handler is not cut off, however long it takes for the answer, before it reads and after.
func TestHandlersTakeTheirTime(t *testing.T) {
	overPipe(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Minute) // of the bubble's clock; a database that is away, say
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		fmt.Fprint(w, "begin ")
		require.NoError(t, http.NewResponseController(w).Flush())
		time.Sleep(time.Hour)
		require.NoError(t, r.Context().Err())
		fmt.Fprintf(w, "%d", len(body))
	}, func(x *exchange) {
		for _, length := range []int{5, 100_000} {
			go fmt.Fprintf(x, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", length, strings.Repeat("x", length))
			status, text, _ := x.answer()
			require.Equal(t, 200, status)
			require.Equal(t, fmt.Sprintf("begin %d", length), text)
		}
		go fmt.Fprint(x, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
		_, text, _ := x.answer()
		require.Equal(t, "begin 5", text)
	})
}

// A refused client has ten seconds for what is left of its body, whether it goes on with it or not.
func TestRefusedClientsHaveAWhile(t *testing.T) {
	h := awswire.NewHandler(awswire.Config{Verifier: awswire.NewVerifier(nil, time.Now), Logger: slog.New(slog.DiscardHandler)})
	const header = "POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: RekognitionService.DetectCustomLabels\r\nContent-Type: application/x-amz-json-1.1\r\n"
	for name, piece := range map[string]int{"silent": 0, "goes on": 10 << 10} {
		t.Run(name, func(t *testing.T) {
			overPipe(t, h.ServeHTTP, func(x *exchange) {
				go func() {
					fmt.Fprint(x, header+"Content-Length: 1000000\r\n\r\n")
					for err := error(nil); err == nil && piece > 0; time.Sleep(time.Second) {
						_, err = x.Write(bytes.Repeat([]byte("x"), piece))
					}
				}()
				status, text, took := x.answer()
				require.Equal(t, 400, status, text)
				require.Equal(t, 10*time.Second, took.Round(time.Second))
				require.LessOrEqual(t, x.ended(), time.Second)
			})
		})
	}
	overPipe(t, h.ServeHTTP, func(x *exchange) {
		for range 2 { // one that sends all is answered at once, and may go on
			fmt.Fprint(x, header+"Content-Length: 5\r\n\r\nhello")
			status, _, took := x.answer()
			require.Equal(t, 400, status)
			require.Zero(t, took)
			time.Sleep(bodyGrace)
		}
	})
}

// deadlines is an answer that nobody sees, and the deadlines of its connection.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// Who still reads when the handler has returned, as a proxy may, has no part in the connection's next request.
func TestReadsThatOutliveTheirHandler(t *testing.T) {
	var body io.Reader
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	steady(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body = r.Body
		_, err := body.Read(make([]byte, 1))
		require.NoError(t, err)
	}), bodyGrace, bodyRate).ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/", io.MultiReader(strings.NewReader("ab"), failing{})))
	require.Len(t, w.set, 2, "one for the request, one for the read")
	for range 3 {
		_, _ = body.Read(make([]byte, 1))
	}
	require.Len(t, w.set, 2)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("read after the answer") }
