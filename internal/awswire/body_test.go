package awswire_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/stretchr/testify/require"
)

// detector serves DetectCustomLabels alone.
func detector(f func(picture []byte) (string, error)) awswire.Service {
	return awswire.Service{Model: &Model, Handlers: []awswire.Handler{opDetectCustomLabels.Handle(
		func(_ context.Context, _ ownsight.Caller, in *DetectCustomLabelsRequest) (*DetectCustomLabelsResponse, error) {
			name, err := f(in.Image.Bytes)
			return &DetectCustomLabelsResponse{CustomLabels: []CustomLabel{{Name: &name}}}, err
		})}}
}

func showing(picture string) string {
	return `{"ProjectVersionArn":"` + versionARN + `","Image":{"Bytes":"` + base64.StdEncoding.EncodeToString([]byte(picture)) + `"}}`
}

// Requests use the memory of others that have been answered, and never see what is in it.
func TestBodiesStayApart(t *testing.T) {
	f := newFixture(at(noon), detector(func(picture []byte) (string, error) {
		return string(picture), nil
	}))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 30 {
				picture := strings.Repeat(string(rune('a'+7*i+n%7)), 1+(31*n)%400)
				w := f.do(post(t, "AKIAROOT", "RekognitionService.DetectCustomLabels", showing(picture)))
				if want := `{"CustomLabels":[{"Name":"` + picture + `"}]}`; w.Body.String() != want {
					t.Errorf("%s, want %s", w.Body, want)
				}
			}
		})
	}
	all.Wait()
}

// A handler that gave up may have left somebody at work with the body.
func TestBodyStaysAfterAnError(t *testing.T) {
	var kept []byte
	f := newFixture(at(noon), detector(func(picture []byte) (string, error) {
		if kept == nil {
			kept = picture
			return "", errors.New("gave up")
		}
		return "", nil
	}))
	for _, picture := range append([]string{"left alone"}, strings.Fields(strings.Repeat("another ", 50))...) {
		f.do(post(t, "AKIAROOT", "RekognitionService.DetectCustomLabels", showing(picture)))
	}
	require.Equal(t, "left alone", string(kept))
}

func TestShed(t *testing.T) {
	s := service()
	s.Shed = func(_ ownsight.Caller, operation string, body []byte) error {
		if operation == "CreateProject" && bytes.Contains(body, []byte(`"p"`)) {
			return errMissing
		}
		return nil
	}
	f := newFixture(at(noon), s)
	for name, r := range map[string]*http.Request{
		"signed":         post(t, "AKIAROOT", "RekognitionService.CreateProject", `{"ProjectName":"p"}`),
		"not signed so":  signing{secret: "guess", body: `{"ProjectName":"p"}`, operation: "RekognitionService.CreateProject"}.request(t),
		"not even valid": post(t, "AKIAROOT", "RekognitionService.CreateProject", `"p"`),
	} {
		f.calls = nil
		w := f.do(r)
		require.Equal(t, "ResourceNotFoundException", w.Header().Get("X-Amzn-ErrorType"), name)
		require.Contains(t, w.Body.String(), "It is missing.", name)
		require.Len(t, f.calls, 1, name)
		call := f.calls[0]
		require.Empty(t, call.Caller, name)
		require.Empty(t, call.Resources, name)
		require.Equal(t, []string{"rekognition", "CreateProject", "ResourceNotFoundException"}, []string{call.Service, call.Operation, call.Code}, name)
	}
	w := f.do(post(t, "AKIANOBODY", "RekognitionService.CreateProject", `{"ProjectName":"p"}`))
	require.Equal(t, "UnrecognizedClientException", w.Header().Get("X-Amzn-ErrorType"), "a stranger")
	for operation, body := range map[string]string{"CreateProject": `{"ProjectName":"q"}`, "DescribeProjects": `{"ProjectNames":["p"]}`} {
		require.Equal(t, 200, f.do(post(t, "AKIAROOT", "RekognitionService."+operation, body)).Code, operation)
	}
}

// A connection serves the next request, whatever became of the last, unless its client waits to be asked for a body that
// nobody wants.
func TestConnections(t *testing.T) {
	server := httptest.NewServer(newFixture(at(noon), service()))
	defer server.Close()
	good, bad, large := `{"ProjectName":"p"}`, `{"ProjectName":"`+strings.Repeat("x", 900)+`"}`, strings.Repeat(" ", 1001)
	for _, c := range []struct {
		name, id, body string
		waits          bool // to be told 100 Continue before the body is sent
		statuses       []int
	}{
		{"good", "AKIAROOT", good, false, []int{200, 200}},
		{"refused", "AKIANOBODY", bad, false, []int{400, 200}},
		{"too large", "AKIAROOT", large, false, []int{413, 200}},
		{"good that waits", "AKIAROOT", good, true, []int{100, 200, 200}},
		{"refused that waits", "AKIANOBODY", bad, true, []int{400}},
		{"too large that waits", "AKIAROOT", large, true, []int{413}},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer line.Close()
			answers := bufio.NewReader(line)
			var statuses []int
			next := func() (last bool) {
				answer, err := http.ReadResponse(answers, nil)
				require.NoError(t, err)
				defer answer.Body.Close()
				_, err = io.Copy(io.Discard, answer.Body)
				require.NoError(t, err)
				statuses = append(statuses, answer.StatusCode)
				return answer.Close
			}
			header := written(t, post(t, c.id, "RekognitionService.CreateProject", c.body), c.waits)
			fmt.Fprint(line, header)
			if !c.waits || !next() {
				fmt.Fprint(line, c.body)
				require.False(t, next())
				fmt.Fprint(line, written(t, post(t, "AKIAROOT", "RekognitionService.CreateProject", good), false), good)
				next()
			}
			require.Equal(t, c.statuses, statuses)
		})
	}
}

// written is the header of a request as it goes over the line.
func written(t *testing.T, r *http.Request, waits bool) string {
	if waits {
		r.Header.Set("Expect", "100-continue")
	}
	var b strings.Builder
	require.NoError(t, r.Write(&b))
	header, _, _ := strings.Cut(b.String(), "\r\n\r\n")
	return header + "\r\n\r\n"
}

// A client whose body came too slowly is there and hears so: it did not get a 200 for what was not done.
func TestLateBodies(t *testing.T) {
	f := newFixture(at(noon), service())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Error(err)
		}
		r.Body = hurried{r.Body}
		f.ServeHTTP(w, r)
	}))
	defer server.Close()
	line, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer line.Close()
	fmt.Fprint(line, written(t, post(t, "AKIAROOT", "RekognitionService.CreateProject", `{"ProjectName":"p"}`), false), `{"Project`)
	answer, err := http.ReadResponse(bufio.NewReader(line), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, 400, answer.StatusCode)
	require.Contains(t, string(text), "RequestTimeoutException")
	f.mu.Lock()
	defer f.mu.Unlock()
	require.Equal(t, "RequestTimeoutException", f.calls[0].Code)
}

// hurried is a body that keeps to a deadline of its own.
type hurried struct{ io.ReadCloser }

func (hurried) SetReadDeadline(time.Time) error { return nil }
