package audit

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/awswire"
)

// accountKeys has a key AKIA... of every account.
type accountKeys struct{}

func secretOf(account string) string { return "secret of " + account }

func (accountKeys) Key(_ context.Context, id string) (awswire.Key, error) {
	account, found := strings.CutPrefix(id, "AKIA")
	if !found {
		return awswire.Key{}, awswire.ErrNoKey
	}
	return awswire.Key{AccessKey: ownsight.AccessKey{Principal: ownsight.Principal{Account: account}, ID: id, Secret: secretOf(account)}}, nil
}

// TestARecordNamesWhoSigned has a server behind that grants everything: it is no proof of who asks.
func TestARecordNamesWhoSigned(t *testing.T) {
	const victim, caller, unsigned = "111122223333", "444455556666", "UNSIGNED-PAYLOAD"
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	signed := func(account string, now time.Time) *http.Request {
		r := httptest.NewRequest(http.MethodDelete, "http://localhost/b/k", nil)
		r.Header.Set("X-Amz-Content-Sha256", unsigned)
		require.NoError(t, signer.SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIA" + account, SecretAccessKey: secretOf(account)}, r, unsigned, "s3", "us-east-1", now))
		return r
	}
	presigned := func(account string, now time.Time) *http.Request {
		plain := httptest.NewRequest(http.MethodDelete, "http://localhost/b/k?X-Amz-Expires=60", nil)
		url, _, err := signer.PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIA" + account, SecretAccessKey: secretOf(account)}, plain, unsigned, "s3", "us-east-1", now)
		require.NoError(t, err)
		return httptest.NewRequest(http.MethodDelete, url, nil)
	}
	now := time.Now()
	forged := strings.Replace(signed(caller, now).Header.Get("Authorization"), caller, victim, 1)
	with := func(r *http.Request, method, authorization string) *http.Request {
		r.Method = method
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
		return r
	}
	for name, c := range map[string]struct {
		request *http.Request
		account string
		method  string
	}{
		"in the header":                              {signed(caller, now), caller, "AuthHeader"},
		"in the query":                               {presigned(caller, now), caller, "QueryString"},
		"in the query, beside another's header":      {with(presigned(caller, now), http.MethodDelete, forged), caller, "QueryString"},
		"in the query, beside another's good header": {with(presigned(caller, now), http.MethodDelete, signed(victim, now).Header.Get("Authorization")), caller, "QueryString"},
		"forged":                       {with(signed(caller, now), http.MethodDelete, forged), "", "AuthHeader"},
		"forged, where nobody looks":   {with(signed(caller, now), http.MethodOptions, forged), "", "AuthHeader"},
		"in the query, of another one": {with(presigned(caller, now), http.MethodPut, ""), "", "QueryString"},
	} {
		var told awswire.Call
		var seen *http.Request
		observe := func(r *http.Request, c awswire.Call) { seen, told = r, c }
		granting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			require.Same(t, c.request, r, "the server behind sees what came")
			w.WriteHeader(http.StatusNoContent)
		})
		S3(granting, awswire.NewVerifier(accountKeys{}, time.Now), "localhost", observe).ServeHTTP(httptest.NewRecorder(), c.request)
		require.Equal(t, c.account, told.Caller.Account, name)
		require.Equal(t, c.method, newRecord(seen, told).Additional.Authentication, name)
		require.Equal(t, http.StatusNoContent, told.Status, name)
	}
}
