package awswire_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"ownsight"
	"ownsight/internal/appstream"
	"ownsight/internal/awswire"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
)

// bind makes an operation of a model one that can be handled here: its own package alone has it as such.
func bind[I, O any](m *awswire.Model, name string, f func(ownsight.Caller, *I) (*O, error)) awswire.Handler {
	i := slices.IndexFunc(m.Operations, func(o *awswire.OperationModel) bool { return o.Name == name })
	operation := &awswire.Operation[I, O]{OperationModel: *m.Operations[i]}
	m.Operations[i] = &operation.OperationModel
	return operation.Handle(func(_ context.Context, c ownsight.Caller, in *I) (*O, error) { return f(c, in) })
}

const created = 1690556751958 // Unix milliseconds

// catalogue is AppStream as its model has it, with answers made up here.
func catalogue() awswire.Service {
	m := appstream.Model
	m.Operations = slices.Clone(m.Operations)
	return awswire.Service{Model: &m, Handlers: []awswire.Handler{
		bind(&m, "DescribeImages", func(_ ownsight.Caller, in *appstream.DescribeImagesRequest) (*appstream.DescribeImagesResult, error) {
			images := []appstream.Image{}
			for _, name := range in.Names {
				images = append(images, appstream.Image{
					Name: &name, Arn: new("arn:aws:appstream:eu-central-1:111122223333:image/" + name),
					State: new(appstream.ImageStateAvailable), Visibility: new(appstream.VisibilityTypePrivate),
					ImageBuilderSupported: new(true), CreatedTime: new(time.UnixMilli(created)),
					PublicBaseImageReleasedDate: new(time.UnixMilli(created / 1000 * 1000)),
					ImagePermissions:            &appstream.ImagePermissions{AllowFleet: new(false), AllowImageBuilder: new(true)},
					ImageErrors:                 []appstream.ResourceError{}, SupportedInstanceFamilies: []string{"a", "ü"},
				})
			}
			return &appstream.DescribeImagesResult{Images: images, NextToken: new("more")}, nil
		}),
		bind(&m, "CopyImage", func(_ ownsight.Caller, in *appstream.CopyImageRequest) (*appstream.CopyImageResponse, error) {
			switch *in.SourceImageName {
			case "taken":
				return nil, awswire.Errorf(appstream.CodeResourceAlreadyExistsException, "%s is taken", *in.DestinationImageName)
			case "missing":
				return nil, awswire.Errorf(appstream.CodeResourceNotFoundException, "no such image")
			case "broken":
				return nil, errors.New("disk on fire")
			}
			return &appstream.CopyImageResponse{DestinationImageName: in.DestinationImageName}, nil
		}),
		bind(&m, "CreateImportedImage", func(_ ownsight.Caller, in *appstream.CreateImportedImageRequest) (*appstream.CreateImportedImageResult, error) {
			if *in.DryRun {
				return nil, awswire.Errorf(appstream.CodeDryRunOperationException, "it would have worked")
			}
			return &appstream.CreateImportedImageResult{Image: &appstream.Image{
				Name: in.AppCatalogConfig[1].Name, Description: new(in.Tags["Größe"]),
			}}, nil
		}),
		bind(&m, "DeleteImagePermissions", func(ownsight.Caller, *appstream.DeleteImagePermissionsRequest) (*appstream.DeleteImagePermissionsResult, error) {
			return &appstream.DeleteImagePermissionsResult{}, nil
		}),
	}, Authorize: func(_ context.Context, c ownsight.Caller, operation string, _ any) error {
		if operation == "DeleteImagePermissions" && !c.IsRoot() {
			return awswire.Errorf(awswire.CodeAccessDenied, "%s may not %s", c.ARN(), operation)
		}
		return nil
	}}
}

func newCatalogue(now func() time.Time) *fixture {
	f := &fixture{log: new(bytes.Buffer)}
	f.Handler = awswire.NewHandler(awswire.Config{
		Services: []awswire.Service{catalogue(), service()},
		Verifier: awswire.NewVerifier(keys, now),
		Logger:   slog.New(slog.NewTextHandler(f.log, nil)),
		Observe:  func(_ *http.Request, c awswire.Call) { f.calls = append(f.calls, c) },
		MaxBody:  1000,
	})
	return f
}

const catalogueURL = "http://127.0.0.1:8600/service/PhotonAdminProxyService/operation/"

// postCBOR signs one call over CBOR; a string is a body as it stands.
func postCBOR(t *testing.T, id, url string, in any) *http.Request {
	body, raw := in.(string)
	if !raw {
		body = string(marshal(t, in))
	}
	return signing{id: id, url: url, service: "appstream", body: body, header: http.Header{
		"Content-Type": {"application/cbor"}, "Accept": {"application/cbor"}, "Smithy-Protocol": {"rpc-v2-cbor"},
	}}.request(t)
}

// answerCBOR checks what every answer must have and reads its body.
func answerCBOR(t *testing.T, w *httptest.ResponseRecorder) (body map[string]any) {
	require.Equal(t, "rpc-v2-cbor", w.Header().Get("smithy-protocol"))
	require.Equal(t, "application/cbor", w.Header().Get("Content-Type"))
	require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, w.Header().Get("x-amzn-RequestId"))
	require.Empty(t, w.Header().Get("x-amzn-ErrorType"), "the code is in the body alone")
	require.NoError(t, cbor.Unmarshal(w.Body.Bytes(), &body))
	return body
}

type fields = map[string]any

func TestAnswersOverCBOR(t *testing.T) {
	valid := fields{"SourceImageName": "s", "DestinationImageName": "d", "DestinationRegion": "eu-west-1"}
	from := func(source string) fields {
		return fields{"SourceImageName": source, "DestinationImageName": "d", "DestinationRegion": "eu-west-1"}
	}
	for _, c := range []struct {
		name, id, operation string
		in                  any
		status              int
		code                string // of an error
		want                any    // text of the error, or the answer
	}{
		{"success", "AKIAROOT", "CopyImage", valid, 200, "", fields{"DestinationImageName": "d"}},
		{"no output", "AKIAROOT", "DeleteImagePermissions", fields{"Name": "n", "SharedAccountId": "444455556666"}, 200, "", fields{}},
		{"empty body", "AKIAROOT", "DescribeImages", "", 200, "", fields{"Images": []any{}, "NextToken": "more"}},
		{"undecodable", "AKIAROOT", "CopyImage", fields{"SourceImageName": 1}, 400, "SerializationException",
			"NUMBER_VALUE can not be converted to a String at 'sourceImageName'."},
		{"JSON", "AKIAROOT", "CopyImage", `{"SourceImageName":"s"}`, 400, "SerializationException",
			"STRING_VALUE can not be converted to a structure."}, // as which a brace reads
		{"constraint", "AKIAROOT", "DeleteImagePermissions", fields{"SharedAccountId": "1"}, 400, "ValidationException",
			"1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"denied", "AKIAANNA", "DeleteImagePermissions", fields{"Name": "n", "SharedAccountId": "444455556666"}, 400,
			"AccessDeniedException", "arn:aws:iam::111122223333:user/anna may not DeleteImagePermissions"},
		{"AWS error", "AKIAROOT", "CopyImage", from("taken"), 400, "ResourceAlreadyExistsException", "d is taken"},
		{"status of the model", "AKIAROOT", "CopyImage", from("missing"), 404, "ResourceNotFoundException", "no such image"},
		{"dry run", "AKIAROOT", "CreateImportedImage", fields{"Name": "n", "DryRun": true}, 412, "DryRunOperationException", "it would have worked"},
		{"internal", "AKIAROOT", "CopyImage", from("broken"), 500, "InternalFailure",
			"An internal error occurred. The log has the cause under the request id."},
		{"not served", "AKIAROOT", "DeleteImage", fields{"Name": "n"}, 400, "UnknownOperationException",
			"DeleteImage is not served by this version of Ownsight."},
		{"not in the model", "AKIAROOT", "CreateFleet", fields{}, 400, "UnknownOperationException",
			"CreateFleet is not served by this version of Ownsight."},
		{"too large", "AKIAROOT", "CopyImage", strings.Repeat("x", 1001), 413, "RequestEntityTooLargeException",
			"The request body is larger than 1000 bytes."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newCatalogue(at(noon))
			w := f.do(postCBOR(t, c.id, catalogueURL+c.operation, c.in))
			body := answerCBOR(t, w)
			require.Equal(t, c.status, w.Code, body)
			if c.code != "" {
				c.want = fields{"__type": c.code, "message": c.want, "Message": c.want}
			}
			require.Equal(t, c.want, any(body))
			require.Len(t, f.calls, 1)
			require.Equal(t, []any{c.status, c.code, "appstream", "PhotonAdminProxyService." + c.operation},
				[]any{f.calls[0].Status, f.calls[0].Code, f.calls[0].Service, f.calls[0].Asked})
			require.Equal(t, w.Header().Get("x-amzn-RequestId"), f.calls[0].ID)
		})
	}
}

// What is wrong with a request is told in the protocol that it names.
func TestRefusedRequestsOverCBOR(t *testing.T) {
	const form = "The request must be POST /service/SERVICE/operation/OPERATION of a known service, and have no X-Amz-Target."
	path := func(path string) func(*http.Request) {
		return func(r *http.Request) { r.URL.Path, r.URL.RawPath = path, "" }
	}
	for _, c := range []struct {
		name    string
		change  func(*http.Request)
		status  int
		code    string
		message string // empty where the JSON tests have it
	}{
		{"method", func(r *http.Request) { r.Method = http.MethodGet }, 400, "UnknownOperationException", form},
		{"root", path("/"), 400, "UnknownOperationException", form},
		{"bucket", path("/bucket/key"), 400, "UnknownOperationException", form},
		{"no operation", path("/service/PhotonAdminProxyService/operation/"), 400, "UnknownOperationException", form},
		{"more after it", path("/service/PhotonAdminProxyService/operation/CopyImage/"), 400, "UnknownOperationException", form},
		{"other service", path("/service/DynamoDB/operation/ListTables"), 400, "UnknownOperationException", form},
		{"service of JSON alone", path("/service/RekognitionService/operation/DescribeProjects"), 400, "UnknownOperationException", form},
		{"operation with its namespace", path("/service/PhotonAdminProxyService/operation/com.amazonaws.appstream.CopyImage"), 400,
			"UnknownOperationException", "com.amazonaws.appstream.CopyImage is not served by this version of Ownsight."},
		{"target as well", func(r *http.Request) { r.Header.Set("X-Amz-Target", "PhotonAdminProxyService.DescribeImages") }, 400,
			"UnknownOperationException", form},
		{"other target as well", func(r *http.Request) { r.Header.Set("X-Amzn-Target", "x") }, 400, "UnknownOperationException", form},
		{"content type", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-amz-json-1.1") }, 415,
			"UnsupportedMediaTypeException", "Content-Type must be application/cbor."},
		{"no signature", func(r *http.Request) { r.Header.Del("Authorization") }, 400, "MissingAuthenticationTokenException", ""},
		{"path that was not signed", path("/service/PhotonAdminProxyService/operation/DescribeImages"), 400, "InvalidSignatureException", ""},
		{"body that was not signed", func(r *http.Request) { r.Body = http.NoBody }, 400, "InvalidSignatureException", ""},
		{"signed for another service", func(r *http.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(h, "/appstream/", "/rekognition/", 1))
		}, 400, "InvalidSignatureException", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := postCBOR(t, "AKIAROOT", catalogueURL+"CopyImage", fields{})
			c.change(r)
			w := newCatalogue(at(noon)).do(r)
			body := answerCBOR(t, w)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.code, body["__type"], body)
			require.NotEmpty(t, body["message"])
			require.Equal(t, body["message"], body["Message"])
			if c.message != "" {
				require.Equal(t, c.message, body["message"])
			}
		})
	}
}

// The protocol lets a path begin with anything, and a service be named with its namespace. JSON stays beside it.
func TestFormsOfACall(t *testing.T) {
	f := newCatalogue(at(noon))
	for _, url := range []string{
		"http://h/a%20b/c/service/PhotonAdminProxyService/operation/DescribeImages",
		"http://h/service/com.amazonaws.appstream.PhotonAdminProxyService/operation/DescribeImages",
	} {
		w := f.do(postCBOR(t, "AKIAROOT", url, ""))
		require.Equal(t, 200, w.Code, answerCBOR(t, w))
	}
	r := signing{service: "appstream", operation: "PhotonAdminProxyService.DescribeImages", body: `{"Names":["a"]}`}.request(t)
	w := f.do(r)
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Contains(t, w.Body.String(), `"CreatedTime":1690556751.958`)
	require.Empty(t, w.Header().Get("Smithy-Protocol"))
	r.Header.Set("Smithy-Protocol", "rpc-v2-cbor") // by somebody on the way
	require.Equal(t, "UnknownOperationException", answerCBOR(t, f.do(r))["__type"])
}
