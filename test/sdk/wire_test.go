package sdk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// wire sends requests that no SDK would send.
type wire struct {
	endpoint string
	key      aws.Credentials
	region   string
	service  string // that the signature is for
	target   string // before the operation's name
	media    string // the content type
	at       time.Time
}

func connect(t *testing.T, s *server.Server, profile string) wire {
	t.Helper()
	key, err := s.Config(t, profile).Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	return wire{endpoint: s.Endpoint, key: key, region: "us-east-1", service: "rekognition", target: "RekognitionService", media: "application/x-amz-json-1.1", at: time.Now()}
}

// answer is what came back.
type answer struct {
	service   string
	media     string // that was asked in
	operation string
	status    int
	header    http.Header
	body      []byte
	Type      string `json:"__type"`
	Code      string
	Message   string
	Logref    string
}

// appstream gives the same caller's way to AppStream.
func (w wire) appstream() wire {
	w.service, w.target = "appstream", "PhotonAdminProxyService"
	return w
}

// cloudwatch gives the same caller's way to CloudWatch.
func (w wire) cloudwatch() wire {
	w.service, w.target, w.media = "monitoring", "GraniteServiceVersion20100801", "application/x-amz-json-1.0"
	return w
}

// call makes one call.
func (w wire) call(t *testing.T, operation, body string, change ...func(*http.Request)) answer {
	t.Helper()
	return w.send(t, w.signed(t, operation, body, change...))
}

// signed makes a signed request; change alters it after it was signed.
func (w wire) signed(t *testing.T, operation, body string, change ...func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.endpoint+"/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", w.media)
	r.Header.Set("X-Amz-Target", w.target+"."+operation)
	sum := sha256.Sum256([]byte(body))
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), w.key, r, hex.EncodeToString(sum[:]), w.service, w.region, w.at))
	for _, c := range change {
		c(r)
	}
	return r
}

func (w wire) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	a := answer{service: w.service, media: w.media, status: response.StatusCode, header: response.Header}
	_, a.operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	a.body, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(a.body, &a), "%s", a.body)
	return a
}

// refused demands an error in full form: header, both codes, message with all the words, request id; and one that the
// operation's model or the common set knows.
func (a answer) refused(t *testing.T, code string, words ...string) {
	t.Helper()
	require.Equal(t, code, a.Type, "%s", a.body)
	require.Equal(t, code, a.Code)
	require.Equal(t, code, a.header.Get("X-Amzn-Errortype"))
	require.Equal(t, a.media, a.header.Get("Content-Type"))
	require.NotEmpty(t, a.header.Get("X-Amzn-Requestid"))
	require.Equal(t, a.header.Get("X-Amzn-Requestid"), a.Logref)
	status := http.StatusBadRequest
	switch code {
	case "RequestEntityTooLargeException":
		status = http.StatusRequestEntityTooLarge
	case "UnsupportedMediaTypeException":
		status = http.StatusUnsupportedMediaType
	case "ResourceNotFoundException":
		if a.service == "appstream" {
			status = http.StatusNotFound
		}
	}
	require.Equal(t, status, a.status)
	for _, w := range words {
		require.Contains(t, a.Message, w)
	}
	a.known(t)
}

// common are the errors that front ends of AWS answer for any operation.
var common = []string{
	"AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InvalidSignatureException",
	"MissingAuthenticationTokenException", "RequestEntityTooLargeException", "SerializationException",
	"UnknownOperationException", "UnrecognizedClientException", "UnsupportedMediaTypeException", "ValidationException",
}

// known demands that programs can expect the error: the service model names it for the operation, or every operation
// has it.
func (a answer) known(t *testing.T) {
	t.Helper()
	if slices.Contains(common, a.Code) {
		return
	}
	require.Contains(t, modelled(t)[a.service+"."+a.operation], a.Code, "%s does not model the error", a.operation)
}

// modelled gives the errors that the service models have for each SERVICE.OPERATION, from AWS's own files.
var modelled = func() func(*testing.T) map[string][]string {
	read := sync.OnceValues(func() (map[string][]string, error) {
		errors := map[string][]string{}
		for _, service := range []string{"rekognition", "appstream"} {
			files, err := filepath.Glob(filepath.Join(server.Assets(), "vendor", "botocore", service, "*", "service-2.json"))
			if err != nil || len(files) == 0 {
				return nil, fmt.Errorf("the service model is missing: run \"make assets\" first (%w)", err)
			}
			b, err := os.ReadFile(files[0])
			if err != nil {
				return nil, err
			}
			var model struct {
				Operations map[string]struct {
					Errors []struct{ Shape string }
				}
			}
			if err := json.Unmarshal(b, &model); err != nil {
				return nil, err
			}
			for name, o := range model.Operations {
				for _, e := range o.Errors {
					errors[service+"."+name] = append(errors[service+"."+name], e.Shape)
				}
			}
		}
		return errors, nil
	})
	return func(t *testing.T) map[string][]string {
		t.Helper()
		errors, err := read()
		require.NoError(t, err)
		return errors
	}
}()

// js writes a request's members.
func js(members map[string]any) string {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(members); err != nil {
		panic(err) // plain values into memory
	}
	return b.String()
}
