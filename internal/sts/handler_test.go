package sts_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/sts"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

type keyring map[string]ownsight.AccessKey

func (k keyring) Key(_ context.Context, id string) (awswire.Key, error) {
	key, ok := k[id]
	switch {
	case id == "AKIABROKEN":
		return awswire.Key{}, errors.New("disk on fire")
	case !ok:
		return awswire.Key{}, awswire.ErrNoKey
	}
	return awswire.Key{AccessKey: key}, nil
}

var keys = keyring{
	"AKIAROOT": {ID: "AKIAROOT", Secret: "s1", Principal: ownsight.Principal{Account: "111122223333"}},
	"AKIAANNA": {ID: "AKIAANNA", Secret: "s2", Principal: ownsight.Principal{Account: "111122223333", User: "anna"}},
}

func serve(t *testing.T) (server *httptest.Server, log *bytes.Buffer) {
	server, log, _ = observed(t)
	return server, log
}

// observed is serve with the calls that the observer hears of.
func observed(t *testing.T) (server *httptest.Server, log *bytes.Buffer, calls chan awswire.Call) {
	log, calls = new(bytes.Buffer), make(chan awswire.Call, 10)
	observe := func(_ *http.Request, c awswire.Call) { calls <- c }
	server = httptest.NewServer(sts.NewHandler(awswire.NewVerifier(keys, time.Now), slog.New(slog.NewTextHandler(log, nil)), observe))
	t.Cleanup(server.Close)
	return server, log, calls
}

// An observer has heard of a call by the time that it is answered.
func TestObserver(t *testing.T) {
	server, _, calls := observed(t)
	_, err := client.New(options(server, "AKIAANNA", "s2")).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	call := <-calls
	require.Equal(t, "arn:aws:iam::111122223333:user/anna", call.Caller.ARN())
	require.Equal(t, "127.0.0.1", call.Caller.Address)
	require.Contains(t, call.Caller.Agent, "aws-sdk-go-v2")
	require.False(t, call.Caller.TLS)
	require.Equal(t, []any{"sts", "GetCallerIdentity", "", 200}, []any{call.Service, call.Operation, call.Code, call.Status})
	require.NotEmpty(t, call.ID)

	_, err = client.New(options(server, "AKIAANNA", "wrong")).GetSessionToken(t.Context(), nil)
	require.Error(t, err)
	call = <-calls
	require.Empty(t, call.Caller)
	require.Equal(t, []any{"sts", "", "GetSessionToken", "SignatureDoesNotMatch", 403}, []any{call.Service, call.Operation, call.Asked, call.Code, call.Status})
}

func options(server *httptest.Server, id, secret string) client.Options {
	return client.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	}
}

func TestGetCallerIdentity(t *testing.T) {
	server, _ := serve(t)
	for _, c := range []struct{ id, arn, user string }{
		{"AKIAROOT", "arn:aws:iam::111122223333:root", `^111122223333$`},
		{"AKIAANNA", "arn:aws:iam::111122223333:user/anna", `^AIDA[A-Z2-7]{17}$`},
	} {
		out, err := client.New(options(server, c.id, keys[c.id].Secret)).GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, c.arn, *out.Arn)
		require.Equal(t, "111122223333", *out.Account)
		require.Regexp(t, c.user, *out.UserId)
	}
}

// A presigned GetCallerIdentity is how programs prove to others who they are.
func TestPresigned(t *testing.T) {
	server, _ := serve(t)
	signer := client.NewPresignClient(client.New(options(server, "AKIAANNA", "s2")))
	signed, err := signer.PresignGetCallerIdentity(t.Context(), &client.GetCallerIdentityInput{})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, nil)
	require.NoError(t, err)
	r.Header = signed.SignedHeader
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "text/xml", response.Header.Get("Content-Type"))
	require.Contains(t, string(body), "<Arn>arn:aws:iam::111122223333:user/anna</Arn>")
}

func TestErrors(t *testing.T) {
	server, log := serve(t)
	for _, c := range []struct {
		id, secret, code string
		status           int
	}{
		{"AKIANOBODY", "x", "InvalidClientTokenId", 403},
		{"AKIAROOT", "x", "SignatureDoesNotMatch", 403},
		{"AKIABROKEN", "x", "InternalFailure", 500},
	} {
		_, err := client.New(options(server, c.id, c.secret)).GetCallerIdentity(t.Context(), nil)
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, c.code, api.ErrorCode())
		require.NotContains(t, api.ErrorMessage(), "fire")
		var status interface{ HTTPStatusCode() int }
		require.ErrorAs(t, err, &status)
		require.Equal(t, c.status, status.HTTPStatusCode())
	}
	require.Contains(t, log.String(), `cause="find access key: disk on fire"`)

	_, err := client.New(options(server, "AKIAROOT", "s1")).GetAccessKeyInfo(t.Context(),
		&client.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIAANNAAKIAANNA")})
	require.ErrorContains(t, err, "Only the action GetCallerIdentity of version 2011-06-15 is served")
}

func TestUnsignedAnswer(t *testing.T) {
	server, _ := serve(t)
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		"Action=GetCallerIdentity&Version=2011-06-15": {403, "MissingAuthenticationToken"},
		strings.Repeat("x", 70_000):                   {413, "RequestEntityTooLarge"},
	} {
		response, err := http.Post(server.URL, "application/x-www-form-urlencoded", strings.NewReader(body))
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want.status, response.StatusCode)
		require.Contains(t, string(text), `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`)
		require.Contains(t, string(text), "<Type>Sender</Type>")
		require.Contains(t, string(text), "<Code>"+want.code+"</Code>")
		require.Contains(t, string(text), "<RequestId>"+response.Header.Get("x-amzn-RequestId")+"</RequestId>")
	}
}
