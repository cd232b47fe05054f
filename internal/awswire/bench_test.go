package awswire_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/stretchr/testify/require"
)

// detection is a DetectCustomLabels request with a picture of so many bytes.
func detection(size int) string {
	picture := make([]byte, size)
	rand.New(rand.NewSource(1)).Read(picture)
	return `{"ProjectVersionArn":"` + versionARN + `","Image":{"Bytes":"` + base64.StdEncoding.EncodeToString(picture) + `"}}`
}

func BenchmarkDecode(b *testing.B) {
	text := detection(300_000)
	body := make([]byte, len(text))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var in DetectCustomLabelsRequest
		copy(body, text) // decoding uses it up
		require.NoError(b, awswire.DecodeJSON(body, opDetectCustomLabels.Input, &in))
		require.NoError(b, awswire.Validate(opDetectCustomLabels.Input, &in))
	}
}

func BenchmarkVerify(b *testing.B) {
	v := awswire.NewVerifier(keys, at(noon))
	for name, r := range map[string]*http.Request{"header": signing{}.request(b), "presigned": signing{presign: true}.request(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				claim, err := v.Claim(r, "rekognition")
				require.NoError(b, err)
				_, err = claim.Verify(nil)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkRequest is the whole way of a detection but the network and the detection.
func BenchmarkRequest(b *testing.B) {
	s := awswire.Service{Model: &Model, Handlers: []awswire.Handler{opDetectCustomLabels.Handle(
		func(context.Context, ownsight.Caller, *DetectCustomLabelsRequest) (*DetectCustomLabelsResponse, error) {
			return &DetectCustomLabelsResponse{}, nil
		})}}
	body := detection(300_000)
	r := signing{body: body, operation: "RekognitionService.DetectCustomLabels"}.request(b)
	h := awswire.NewHandler(awswire.Config{
		Services: []awswire.Service{s}, Verifier: awswire.NewVerifier(keys, at(noon)),
		Logger: slog.New(slog.DiscardHandler),
	})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(b, 200, w.Code)
	}
}
