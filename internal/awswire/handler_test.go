package awswire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/stretchr/testify/require"
)

// errMissing is an error of the tests' domain that MapError knows.
var errMissing = errors.New("missing")

// service answers what the tests ask for by name.
func service() awswire.Service {
	return awswire.Service{
		Model: &Model,
		Handlers: []awswire.Handler{
			opCreateProject.Handle(createProject),
			opDescribeProjects.Handle(describeProjects),
			opDescribeProjectVersions.Handle(func(ctx context.Context, _ ownsight.Caller, _ *DescribeProjectVersionsRequest) (
				*DescribeProjectVersionsResponse, error) {
				<-ctx.Done() // until the client goes away
				return nil, ctx.Err()
			}),
			opDetectCustomLabels.Handle(detectCustomLabels),
			opTagResource.Handle(func(context.Context, ownsight.Caller, *TagResourceRequest) (*TagResourceResponse, error) {
				return &TagResourceResponse{}, nil
			}),
		},
		MapError: func(err error) *awswire.Error {
			if errors.Is(err, errMissing) {
				return awswire.Errorf(CodeResourceNotFoundException, "It is %v.", err)
			}
			return nil
		},
		Resources: func(_ ownsight.Caller, operation string, in any) []string {
			if operation == "CreateProject" {
				return []string{"arn:input:" + *in.(*CreateProjectRequest).ProjectName}
			}
			return nil
		},
		Authorize: func(_ context.Context, c ownsight.Caller, operation string, in any) error {
			if _, ok := in.(*TagResourceRequest); ok && !c.IsRoot() {
				return awswire.Errorf(CodeAccessDeniedException, "%s may not %s", c.ARN(), operation)
			}
			return nil
		},
	}
}

func createProject(_ context.Context, c ownsight.Caller, in *CreateProjectRequest) (*CreateProjectResponse, error) {
	switch *in.ProjectName {
	case "taken":
		return nil, awswire.Errorf(CodeResourceInUseException, "taken is taken")
	case "slow":
		return nil, awswire.Errorf(CodeThrottlingException, "slow down")
	case "odd":
		return nil, awswire.Errorf(CodeResourceNotReadyException, "not an error of this operation")
	case "missing":
		return nil, errMissing
	case "broken":
		return nil, errors.New("disk on fire")
	case "panic":
		panic("lost my mind")
	case "nothing":
		return nil, nil
	}
	return &CreateProjectResponse{ProjectArn: new("arn:aws:rekognition:" + c.Region + ":" + c.Account + ":project/" + *in.ProjectName + "/1")}, nil
}

func describeProjects(_ context.Context, _ ownsight.Caller, in *DescribeProjectsRequest) (*DescribeProjectsResponse, error) {
	projects := []ProjectDescription{}
	for _, name := range in.ProjectNames {
		projects = append(projects, ProjectDescription{
			ProjectArn: new("arn:aws:rekognition:eu-central-1:111122223333:project/" + name + "/1"), Status: new(ProjectStatusCreated),
			CreationTimestamp: new(time.UnixMilli(1690556751958)),
		})
	}
	return &DescribeProjectsResponse{ProjectDescriptions: projects}, nil
}

// detectCustomLabels answers what it was asked, as labels.
func detectCustomLabels(_ context.Context, _ ownsight.Caller, in *DetectCustomLabelsRequest) (*DetectCustomLabelsResponse, error) {
	labels := []CustomLabel{{Name: new(string(in.Image.Bytes)), Confidence: in.MinConfidence}}
	return &DetectCustomLabelsResponse{CustomLabels: labels}, nil
}

// fixture is a server with the service, its log and what the metrics heard.
type fixture struct {
	http.Handler
	log   *bytes.Buffer
	mu    sync.Mutex
	calls []awswire.Call
}

func newFixture(now func() time.Time, services ...awswire.Service) *fixture {
	if services == nil {
		services = []awswire.Service{service()}
	}
	f := &fixture{log: new(bytes.Buffer)}
	f.Handler = awswire.NewHandler(awswire.Config{
		Services: services,
		Verifier: awswire.NewVerifier(keys, now),
		Logger:   slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe:  f.observe,
		MaxBody:  1000,
	})
	return f
}

func (f *fixture) observe(_ *http.Request, c awswire.Call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
}

func (f *fixture) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// post signs one call.
func post(t *testing.T, id, target, body string) *http.Request {
	return signing{id: id, body: body, operation: target}.request(t)
}

func TestAnswers(t *testing.T) {
	const rekognition = "RekognitionService."
	for _, c := range []struct {
		name, id, target, body string
		status                 int
		code, want             string // code of an error, text of its message or of the answer
	}{
		{"success", "AKIAROOT", "CreateProject", `{"ProjectName":"p"}`, 200, "",
			`{"ProjectArn":"arn:aws:rekognition:eu-central-1:111122223333:project/p/1"}`},
		{"no output", "AKIAROOT", "TagResource", `{"ResourceArn":"` + projectARN + `","Tags":{}}`, 200, "", `{}`},
		{"empty body", "AKIAROOT", "DescribeProjects", ``, 200, "", `{"ProjectDescriptions":[]}`},
		{"undecodable", "AKIAROOT", "CreateProject", `{"ProjectName":1}`, 400, "SerializationException",
			"NUMBER_VALUE can not be converted to a String at 'projectName'."},
		{"constraint", "AKIAROOT", "CreateProject", `{}`, 400, "ValidationException",
			"1 validation error detected: Value null at 'projectName' failed to satisfy constraint: Member must not be null"},
		{"denied", "AKIAANNA", "TagResource", `{"ResourceArn":"` + projectARN + `","Tags":{}}`, 400, "AccessDeniedException",
			"arn:aws:iam::111122223333:user/anna may not TagResource"},
		{"constraint before permission", "AKIAANNA", "TagResource", `{"Tags":{}}`, 400, "ValidationException",
			"1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null"},
		{"AWS error", "AKIAROOT", "CreateProject", `{"ProjectName":"taken"}`, 400, "ResourceInUseException", "taken is taken"},
		{"domain error", "AKIAROOT", "CreateProject", `{"ProjectName":"missing"}`, 400, "ResourceNotFoundException", "It is missing."},
		{"fault of the model", "AKIAROOT", "CreateProject", `{"ProjectName":"slow"}`, 500, "ThrottlingException", "slow down"},
		{"internal", "AKIAROOT", "CreateProject", `{"ProjectName":"broken"}`, 500, "InternalServerError",
			"An internal error occurred. The log has the cause under the request id."},
		{"panic", "AKIAROOT", "CreateProject", `{"ProjectName":"panic"}`, 500, "InternalServerError",
			"An internal error occurred. The log has the cause under the request id."},
		{"neither", "AKIAROOT", "CreateProject", `{"ProjectName":"nothing"}`, 500, "InternalServerError",
			"An internal error occurred. The log has the cause under the request id."},
		{"not served", "AKIAROOT", "DeleteDataset", `{}`, 400, "UnknownOperationException",
			"DeleteDataset is not served by this version of Ownsight."},
		{"not in the model", "AKIAROOT", "DetectFaces", `{}`, 400, "UnknownOperationException",
			"DetectFaces is not served by this version of Ownsight."},
		{"too large", "AKIAROOT", "CreateProject", strings.Repeat(" ", 1001), 413, "RequestEntityTooLargeException",
			"The request body is larger than 1000 bytes."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(at(noon))
			w := f.do(post(t, c.id, rekognition+c.target, c.body))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, "application/x-amz-json-1.1", w.Header().Get("Content-Type"))
			id := w.Header().Get("x-amzn-RequestId")
			require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, id)
			require.Equal(t, c.code, w.Header().Get("x-amzn-ErrorType"))
			want := c.want
			if c.code != "" {
				want = `{"__type":"` + c.code + `","Code":"` + c.code + `","Message":"` + c.want + `","Logref":"` + id + `"}`
			}
			require.Equal(t, want, w.Body.String())
			require.Len(t, f.calls, 1)
			require.Equal(t, c.status, f.calls[0].Status)
			require.Equal(t, c.code, f.calls[0].Code)
			require.Equal(t, 1, strings.Count(f.log.String(), "msg=request"))
			require.Contains(t, f.log.String(), id)
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
		code   string
	}{
		{"method", func(r *http.Request) { r.Method = http.MethodGet }, 400, "UnknownOperationException"},
		{"path", func(r *http.Request) { r.URL.Path = "/x" }, 400, "UnknownOperationException"},
		{"no target", func(r *http.Request) { r.Header.Del("X-Amz-Target") }, 400, "UnknownOperationException"},
		{"other service", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables") }, 400,
			"UnknownOperationException"},
		{"no operation", func(r *http.Request) { r.Header.Set("X-Amz-Target", "RekognitionService") }, 400,
			"UnknownOperationException"},
		{"other case", func(r *http.Request) { r.Header.Set("X-Amz-Target", "RekognitionService.describeprojects") }, 400,
			"UnknownOperationException"},
		{"content type", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 415,
			"UnsupportedMediaTypeException"},
		{"no signature", func(r *http.Request) { r.Header.Del("Authorization") }, 400, "MissingAuthenticationTokenException"},
		{"body cut off", func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)) }, 400,
			"SerializationException"},
		{"endless body", func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(endless{}), -1 }, 413,
			"RequestEntityTooLargeException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := post(t, "AKIAROOT", "RekognitionService.DescribeProjects", "{}")
			c.change(r)
			w := newFixture(at(noon)).do(r)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.code, w.Header().Get("x-amzn-ErrorType"))
			require.NotEmpty(t, w.Header().Get("x-amzn-RequestId"))
		})
	}
	r := post(t, "AKIAROOT", "RekognitionService.DescribeProjects", "{}")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1; charset=utf-8")
	w := newFixture(at(noon)).do(r) // accepted as JSON, though it is not what was signed
	require.Equal(t, "InvalidSignatureException", w.Header().Get("x-amzn-ErrorType"))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// What went wrong inside is in the log under the request id and nowhere else; what a client sent is not in the log.
func TestLog(t *testing.T) {
	f := newFixture(at(noon))
	w := f.do(post(t, "AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"broken"}`))
	require.NotContains(t, w.Body.String(), "fire")
	require.Regexp(t, regexp.MustCompile(`level=ERROR msg=request request=`+w.Header().Get("x-amzn-RequestId")+
		` service=rekognition operation=CreateProject account=111122223333 status=500 duration=\S+ `+
		`error=InternalServerError cause="disk on fire"`), f.log.String())
	f.log.Reset()
	f.do(post(t, "AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"panic"}`))
	require.Contains(t, f.log.String(), "lost my mind")
	require.Contains(t, f.log.String(), "createProject")
	f.log.Reset()
	f.do(post(t, "AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"odd"}`))
	require.Contains(t, f.log.String(), "level=WARN")
	f.log.Reset()
	f.do(post(t, "AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"my secret"}`))
	require.Contains(t, f.log.String(), "level=INFO")
	require.NotContains(t, f.log.String(), "secret")
	require.NotContains(t, f.log.String(), "AWS4")
	f.log.Reset()
	f.do(post(t, "AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"fine"}`))
	require.Contains(t, f.log.String(), "level=DEBUG")
	require.Equal(t, 1, strings.Count(f.log.String(), "\n"))
}

func TestClientGoesAway(t *testing.T) {
	f := newFixture(at(noon))
	r := post(t, "AKIAROOT", "RekognitionService.DescribeProjectVersions", `{"ProjectArn":"`+projectARN+`"}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := f.do(r.WithContext(ctx))
	require.Empty(t, w.Body.String())
	require.Contains(t, f.log.String(), "status=499")
	require.Equal(t, 499, f.calls[0].Status)
	require.Equal(t, "ClientDisconnected", f.calls[0].Code)
	f.do(post(t, "AKIAROOT", "RekognitionService.CreateProject", `{"ProjectName":"p"}`).WithContext(ctx)) // is over all the same
	require.Equal(t, 499, f.calls[1].Status)
	require.Empty(t, f.calls[1].Code)
}

// The observer hears of everything that a record needs, before there is an answer.
func TestObserver(t *testing.T) {
	var heard awswire.Call
	w := httptest.NewRecorder()
	h := awswire.NewHandler(awswire.Config{
		Services: []awswire.Service{service()}, Verifier: awswire.NewVerifier(keys, at(noon)), Logger: slog.New(slog.DiscardHandler),
		Observe: func(r *http.Request, c awswire.Call) {
			require.Zero(t, w.Body.Len())
			require.Equal(t, http.MethodPost, r.Method)
			heard = c
		},
	})
	do := func(id, operation, body string) awswire.Call {
		w = httptest.NewRecorder()
		h.ServeHTTP(w, post(t, id, operation, body))
		require.Equal(t, w.Header().Get("X-Amzn-RequestId"), heard.ID)
		require.Equal(t, w.Code, heard.Status)
		require.Equal(t, operation, heard.Asked)
		return heard
	}
	call := do("AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"p"}`)
	require.Equal(t, "arn:aws:iam::111122223333:user/anna", call.Caller.ARN())
	require.Equal(t, []string{"rekognition", "CreateProject", "", ""}, []string{call.Service, call.Operation, call.Code, call.Message})
	require.Equal(t, []string{"arn:input:p", "arn:aws:rekognition:eu-central-1:111122223333:project/p/1"}, call.Resources)
	call = do("AKIAANNA", "RekognitionService.CreateProject", `{"ProjectName":"taken"}`)
	require.Equal(t, []string{"ResourceInUseException", "taken is taken"}, []string{call.Code, call.Message})
	require.Equal(t, []string{"arn:input:taken"}, call.Resources)
	call = do("AKIAANNA", "RekognitionService.CreateProject", `{}`)
	require.Equal(t, "ValidationException", call.Code)
	require.Empty(t, call.Resources)
	call = do("AKIANOBODY", "RekognitionService.CreateProject", `{"ProjectName":"p"}`)
	require.Empty(t, call.Caller)
	require.Equal(t, "CreateProject", call.Operation)
	call = do("AKIAANNA", "RekognitionService.DetectFaces", `{}`)
	require.Equal(t, []string{"rekognition", ""}, []string{call.Service, call.Operation})
}

func TestPresignedCall(t *testing.T) {
	f := newFixture(at(noon))
	s := signing{presign: true, body: `{"ProjectNames":["p"]}`}
	r := s.request(t)
	require.Empty(t, r.Header.Get("X-Amz-Target"), "the signer moves the target into the query")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	w := f.do(r)
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Contains(t, w.Body.String(), "project/p/1")
}

func TestWrongTablesPanic(t *testing.T) {
	twice := service()
	twice.Handlers = append(twice.Handlers, twice.Handlers[0])
	for _, services := range [][]awswire.Service{{service(), service()}, {twice}} {
		require.Panics(t, func() { awswire.NewHandler(awswire.Config{Services: services}) })
	}
}
