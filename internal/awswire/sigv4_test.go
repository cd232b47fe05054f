package awswire_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ownsight"
	"ownsight/internal/awswire"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// keyring is a fixed set of access keys.
type keyring map[string]awswire.Key

func (k keyring) Key(_ context.Context, id string) (awswire.Key, error) {
	if id == "AKIABROKEN" {
		return awswire.Key{}, errors.New("database is down")
	}
	key, ok := k[id]
	if !ok {
		return awswire.Key{}, awswire.ErrNoKey
	}
	return key, nil
}

const account = "111122223333"

var keys = keyring{
	"AKIAROOT": {AccessKey: ownsight.AccessKey{ID: "AKIAROOT", Secret: "secret/+1", Principal: ownsight.Principal{Account: account}}},
	"AKIAANNA": {AccessKey: ownsight.AccessKey{ID: "AKIAANNA", Secret: "secret2", Principal: ownsight.Principal{Account: account, User: "anna"}}},
	"ASIATEMP": {
		AccessKey:    ownsight.AccessKey{ID: "ASIATEMP", Secret: "s", Principal: ownsight.Principal{Account: account, User: "temp"}, Expires: noon.Add(time.Hour)},
		SessionToken: "token+/=",
	},
	"ASIAPAST": {
		AccessKey:    ownsight.AccessKey{ID: "ASIAPAST", Secret: "s", Principal: ownsight.Principal{Account: account, User: "past"}, Expires: noon},
		SessionToken: "token",
	},
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// signing is one request as a client signs it; the zero values stand for a good one.
type signing struct {
	url, id, secret, token, service, region string
	body                                    string
	at                                      time.Time
	header                                  http.Header
	presign                                 bool
	operation                               string // X-Amz-Target
}

func (s signing) request(t testing.TB) *http.Request {
	t.Helper()
	or := func(value *string, otherwise string) {
		if *value == "" {
			*value = otherwise
		}
	}
	or(&s.url, "http://127.0.0.1:8600/")
	or(&s.id, "AKIAROOT")
	or(&s.secret, keys[s.id].Secret)
	or(&s.service, "rekognition")
	or(&s.region, "eu-central-1")
	or(&s.operation, "RekognitionService.DescribeProjects")
	if s.at.IsZero() {
		s.at = noon
	}
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(s.body))
	require.NoError(t, err)
	for name, values := range s.header {
		r.Header[name] = values
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", s.operation)
	}
	sum := sha256.Sum256([]byte(s.body))
	who := aws.Credentials{AccessKeyID: s.id, SecretAccessKey: s.secret, SessionToken: s.token}
	hash, signer := hex.EncodeToString(sum[:]), v4.NewSigner()
	if s.presign {
		signed, header, err := signer.PresignHTTP(t.Context(), who, r, hash, s.service, s.region, s.at)
		require.NoError(t, err)
		r.URL, err = url.Parse(signed)
		require.NoError(t, err)
		r.Header = header
	} else {
		require.NoError(t, signer.SignHTTP(t.Context(), who, r, hash, s.service, s.region, s.at))
	}
	return received(t, r, s.body)
}

// received is a client's request as a server sees it.
func received(t testing.TB, r *http.Request, body string) *http.Request {
	t.Helper()
	got := httptest.NewRequest(r.Method, r.URL.String(), strings.NewReader(body))
	got.Host = r.Host
	got.Header = r.Header.Clone()
	if got.Host == "" {
		got.Host = r.URL.Host
	}
	return got
}

func verify(v *awswire.Verifier, r *http.Request) (ownsight.Caller, error) {
	claim, err := v.Claim(r, "rekognition")
	if err != nil {
		return ownsight.Caller{}, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return ownsight.Caller{}, err
	}
	return claim.Verify(body)
}

func TestSignatures(t *testing.T) {
	v := awswire.NewVerifier(keys, at(noon))
	for _, c := range []struct {
		name string
		signing
	}{
		{"plain", signing{}},
		{"body", signing{body: `{"MaxResults":5}`}},
		{"late", signing{at: noon.Add(-15 * time.Minute)}},
		{"early", signing{at: noon.Add(15 * time.Minute)}},
		{"session", signing{id: "ASIATEMP", token: "token+/="}},
		{"user", signing{id: "AKIAANNA"}},
		{"query", signing{url: "http://h:80/?b=2&a-b=x&a=%20%2F&a=1&empty"}},
		{"path", signing{url: "http://h/service/Photon%20Admin/a%2Fb/"}},
		{"headers", signing{header: http.Header{"X-Many": {" a  b ", "c"}, "X-Amz-Meta": {"ü"}, "X-None": {""}}}},
		{"hash header", signing{body: "x", header: http.Header{
			"X-Amz-Content-Sha256": {"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}}}},
		{"presigned", signing{presign: true, body: "{}"}},
		{"presigned query", signing{presign: true, url: "http://h/?Action=a+b&X-Amz-Expires=3600", at: noon.Add(-50 * time.Minute)}},
		{"presigned session", signing{presign: true, id: "ASIATEMP", token: "token+/="}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // the second time with a remembered signing key
				caller, err := verify(v, c.request(t))
				require.NoError(t, err)
				require.Equal(t, account, caller.Account)
				require.Equal(t, "eu-central-1", caller.Region)
				require.Equal(t, keys[caller.AccessKey].IsRoot(), caller.IsRoot())
				require.Equal(t, keys[caller.AccessKey].User, caller.User)
			}
		})
	}
}

func TestRefusedSignatures(t *testing.T) {
	const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS " +
		"Secret Access Key and signing method. Consult the service documentation for details."
	const unknown = "The security token included in the request is invalid."
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
		}
	}
	query := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			q := r.URL.Query()
			if q.Set(name, value); value == "" {
				q.Del(name)
			}
			r.URL.RawQuery = q.Encode()
		}
	}
	for _, c := range []struct {
		name string
		signing
		change        func(*http.Request)
		code, message string
	}{
		{"none", signing{}, func(r *http.Request) { r.Header.Del("Authorization") },
			"MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"other scheme", signing{}, set("Authorization", "Bearer x"),
			"MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"other algorithm", signing{}, replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
			"IncompleteSignatureException", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		{"nothing in it", signing{}, func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256")
			r.Header.Del("X-Amz-Date")
		}, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter. Authorization header " +
			"requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization " +
			"header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{"no equal sign", signing{}, replace("Credential=", "Credential "), "IncompleteSignatureException",
			"Authorization header has a part that is not a valid key=value pair (missing equal-sign)."},
		{"key and secret swapped", signing{id: "a/b", secret: "AKIAROOT"}, nil, "IncompleteSignatureException",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."},
		{"short signature", signing{}, replace("Signature=", "Signature=0"), "IncompleteSignatureException",
			"The signature must be 64 hexadecimal digits."},
		{"bad date", signing{}, set("X-Amz-Date", "yesterday"), "IncompleteSignatureException",
			"Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"unknown key", signing{id: "AKIANOBODY", secret: "x"}, nil, "UnrecognizedClientException", unknown},
		{"wrong secret", signing{secret: "x"}, nil, "InvalidSignatureException", mismatch},
		{"no session token", signing{id: "ASIATEMP"}, nil, "UnrecognizedClientException", unknown},
		{"wrong session token", signing{id: "ASIATEMP", token: "x"}, nil, "UnrecognizedClientException", unknown},
		{"token for a long-term key", signing{token: "x"}, nil, "UnrecognizedClientException", unknown},
		{"session over", signing{id: "ASIAPAST", token: "token"}, nil,
			"ExpiredTokenException", "The security token included in the request is expired"},
		{"expired", signing{at: noon.Add(-15*time.Minute - time.Second)}, nil, "InvalidSignatureException",
			"Signature expired: 20260301T114459Z is now earlier than 20260301T114500Z (20260301T120000Z - 15 min.)"},
		{"from the future", signing{at: noon.Add(15*time.Minute + time.Second)}, nil, "InvalidSignatureException",
			"Signature not yet current: 20260301T121501Z is still later than 20260301T121500Z (20260301T120000Z + 15 min.)"},
		{"other service", signing{service: "s3"}, nil, "InvalidSignatureException",
			"Credential should be scoped to correct service: 'rekognition'. "},
		{"no region", signing{region: "Europe"}, nil, "InvalidSignatureException",
			"Credential should be scoped to a valid region. "},
		{"terminator", signing{}, replace("aws4_request", "aws5_request"), "InvalidSignatureException",
			"Credential should be scoped with a valid terminator: 'aws4_request'."},
		{"scope of another day", signing{}, replace("/20260301/", "/20260302/"), "InvalidSignatureException",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260302' != " +
				"'20260301', from '20260301T120000Z'."},
		{"host not signed", signing{}, replace(";host", ""), "InvalidSignatureException",
			"'Host' must be a 'SignedHeader' in the AWS Authorization."},
		{"target not signed", signing{}, replace(";x-amz-target", ""), "InvalidSignatureException",
			"'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		{"target changed", signing{}, set("X-Amz-Target", "RekognitionService.DeleteProject"),
			"InvalidSignatureException", mismatch},
		{"host changed", signing{}, func(r *http.Request) { r.Host = "elsewhere" }, "InvalidSignatureException", mismatch},
		{"body changed", signing{body: "a"}, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("b")) },
			"InvalidSignatureException", mismatch},
		{"query added", signing{}, query("a", "b"), "InvalidSignatureException", mismatch},
		{"hash of another body", signing{}, set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), "InvalidSignatureException",
			"The value of the 'x-amz-content-sha256' header does not match the body of the request."},
		{"presigned, over", signing{presign: true, url: "http://h/?X-Amz-Expires=60", at: noon.Add(-61 * time.Second)}, nil,
			"InvalidSignatureException",
			"Signature expired: 20260301T115859Z is now earlier than 20260301T115900Z (20260301T120000Z - 1 min.)"},
		{"presigned for too long", signing{presign: true, url: "http://h/?X-Amz-Expires=604801"}, nil,
			"IncompleteSignatureException", "X-Amz-Expires must be a number of seconds up to 604800."},
		{"presigned for ever", signing{presign: true, url: "http://h/?X-Amz-Expires=60"}, query("X-Amz-Expires", "3600"),
			"InvalidSignatureException", mismatch},
		{"presigned without date", signing{presign: true}, query("X-Amz-Date", ""), "IncompleteSignatureException",
			"AWS query-string parameters must include 'X-Amz-Date'."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.request(t)
			if c.change != nil {
				c.change(r)
			}
			_, err := verify(awswire.NewVerifier(keys, at(noon)), r)
			require.Equal(t, &awswire.Error{Code: c.code, Message: c.message}, err)
		})
	}
	_, err := verify(awswire.NewVerifier(keys, at(noon)), signing{id: "AKIABROKEN", secret: "x"}.request(t))
	require.EqualError(t, err, "find access key: database is down")
}

func TestSecretCanChange(t *testing.T) {
	ring := keyring{"AKIAROOT": keys["AKIAROOT"]}
	v := awswire.NewVerifier(ring, at(noon))
	_, err := verify(v, signing{}.request(t))
	require.NoError(t, err)
	key := ring["AKIAROOT"]
	key.Secret = "another"
	ring["AKIAROOT"] = key
	_, err = verify(v, signing{}.request(t))
	require.ErrorContains(t, err, "does not match")
	_, err = verify(v, signing{secret: "another"}.request(t))
	require.NoError(t, err)
}

// The examples of the AWS signature test suite that are not about S3, as published with the documentation.
func TestPublishedExample(t *testing.T) {
	ring := keyring{"AKIDEXAMPLE": {AccessKey: ownsight.AccessKey{
		ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Principal: ownsight.Principal{Account: account},
	}}}
	r := httptest.NewRequest(http.MethodGet, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "+
		"SignedHeaders=content-type;host;x-amz-date, "+
		"Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	claim, err := awswire.NewVerifier(ring, at(time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC))).Claim(r, "iam")
	require.NoError(t, err)
	_, err = claim.Verify(nil)
	require.NoError(t, err)
}

// No header makes the parser fail in any way but with an error of its own, and none is accepted.
func FuzzSignature(f *testing.F) {
	good := signing{}.request(f)
	f.Add(good.Header.Get("Authorization"), "20260301T120000Z", "a=b")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=;;,Signature=", "", signing{presign: true}.request(f).URL.RawQuery)
	v := awswire.NewVerifier(keys, at(noon))
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		_, err := verify(v, r)
		require.IsType(t, new(awswire.Error), err)
	})
}

// The signature of a request to S3 covers its path as it is, and the hash of a body that may be long still on its way.
func TestVerifyS3(t *testing.T) {
	v := awswire.NewVerifier(keys, at(noon))
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	who := aws.Credentials{AccessKeyID: "AKIAANNA", SecretAccessKey: "secret2"}
	for _, path := range []string{"/", "/bucket", "/bucket/", "/bucket/a//b/../c/", "/bucket/a%20b/%C3%BC%2B%28~.jpg", "/bucket/key?acl&versionId=a%2Fb&uploads="} {
		for _, presign := range []bool{false, true} {
			for _, hash := range []string{"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", strings.Repeat("ab", 32)} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://127.0.0.1:8600"+path, nil)
				require.NoError(t, err)
				if presign {
					signed, header, err := signer.PresignHTTP(t.Context(), who, r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", noon)
					require.NoError(t, err)
					r.URL, err = url.Parse(signed)
					require.NoError(t, err)
					r.Header = header
				} else {
					r.Header.Set("X-Amz-Content-Sha256", hash)
					require.NoError(t, signer.SignHTTP(t.Context(), who, r, hash, "s3", "us-east-1", noon))
				}
				got := received(t, r, "not the body that was signed")
				claim, err := v.Claim(got, "s3")
				require.NoError(t, err)
				require.NoError(t, claim.VerifyS3(), "%s presigned %v, %s", path, presign, hash)
				require.Equal(t, "arn:aws:iam::111122223333:user/anna", claim.Caller().ARN())

				got.URL.Path += "x"
				claim, err = v.Claim(got, "s3")
				require.NoError(t, err)
				require.Error(t, claim.VerifyS3(), path)
			}
		}
	}
}

// What a policy or an auditor may ask about the sender comes from the connection, and not from what the sender says.
func TestCallerOfARequest(t *testing.T) {
	v := awswire.NewVerifier(keys, at(noon))
	r := signing{}.request(t)
	r.RemoteAddr = "[2001:db8::1]:4711"
	r.Header.Set("User-Agent", "curl/8")
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	claim, err := v.Claim(r, "rekognition")
	require.NoError(t, err)
	caller, err := claim.Verify(nil)
	require.NoError(t, err)
	require.Equal(t, ownsight.Caller{Principal: ownsight.Principal{Account: account}, Region: "eu-central-1", AccessKey: "AKIAROOT",
		Address: "2001:db8::1", Agent: "curl/8"}, caller)
	r.RemoteAddr = "@"
	require.Empty(t, awswire.Address(r))
	caller, err = claim.Verify([]byte("another body"))
	require.Error(t, err)
	require.Empty(t, caller)
}
