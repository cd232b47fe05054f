package objects_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/objects"
	"ownsight/internal/objects/objectstest"
)

const ownHome = `{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::*/home/${aws:username}/*"},
	{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"home/${aws:username}/*"}}}`

func inside(p ownsight.Principal) *objects.Client { return embedded.Store().As(p) }

// The same user by the front door and inside the process meets the same rules.
func TestAHomeForEveryUser(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	for _, name := range []string{"hansel", "a+b=c,d.e@f_g-h"} {
		p := user(t, first, name, ownHome)
		other := user(t, first, "not-"+name, ownHome)
		for _, client := range []*objects.Client{inside(p), outside(t, keyOf(p), "secret", "")} {
			_, err := client.Put(t.Context(), bucket, "home/"+name+"/a", strings.NewReader("x"), objects.PutOptions{})
			require.NoError(t, err)
			require.NoError(t, readable(t, client, bucket, "home/"+name+"/a"))
			for _, err := range client.List(t.Context(), bucket, "home/"+name+"/") {
				require.NoError(t, err)
			}
			for _, err := range client.List(t.Context(), bucket, "home/") {
				require.ErrorIs(t, err, objects.ErrAccessDenied)
			}
			require.NoError(t, client.DeletePrefix(t.Context(), bucket, "home/"+name+"/"))
			_, err = client.Put(t.Context(), bucket, "home/not-"+name+"/a", strings.NewReader("x"), objects.PutOptions{})
			require.ErrorIs(t, err, objects.ErrAccessDenied)
			require.ErrorContains(t, err, p.ARN())
			require.ErrorContains(t, err, "s3:PutObject")
		}
		_, err := inside(other).Put(t.Context(), bucket, "home/"+other.User+"/a", strings.NewReader("x"), objects.PutOptions{})
		require.NoError(t, err)
	}
}

func TestKeysOfTheInsideAreNobodysOutside(t *testing.T) {
	for _, id := range []string{
		"INTERNAL111122223333", "INTERNAL111122223333-YW5u", "INTERNAL111122223333-YW5u=", "INTERNAL111122223333-!", "INTERNAL", "INTERNAL-YW5u",
	} {
		_, err := sdk(server.URL, http.DefaultClient, id, "guess").ListBuckets(t.Context(), &s3.ListBucketsInput{})
		require.Error(t, err, id)
		require.Regexp(t, "SignatureDoesNotMatch|InvalidAccessKeyId|AuthorizationHeaderMalformed", err.Error(), id)
	}
}

// Buckets are made and listed with rights that name no existing bucket, and
// belong to the account.
func TestUsersMakeAndListBucketsByPolicy(t *testing.T) {
	name := "made-" + uuid.NewString()
	maker := user(t, first, "maker", `{"Effect":"Allow","Action":["s3:CreateBucket","s3:DeleteBucket"],"Resource":"arn:aws:s3:::made-*"}`)
	lister := user(t, first, "lister", `{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}`)
	require.NoError(t, inside(maker).EnsureBucket(t.Context(), name))
	require.ErrorIs(t, inside(maker).EnsureBucket(t.Context(), "x"+name), objects.ErrAccessDenied)
	require.ErrorIs(t, inside(lister).EnsureBucket(t.Context(), name), objects.ErrAccessDenied)
	require.NoError(t, inside(root(first)).EnsureBucket(t.Context(), name), "it is the account's")
	require.ErrorIs(t, inside(root(other)).EnsureBucket(t.Context(), name), objects.ErrAccessDenied)

	out, err := api(lister).ListBuckets(t.Context(), &s3.ListBucketsInput{Prefix: &name})
	require.NoError(t, err)
	require.Len(t, out.Buckets, 1)
	_, err = api(maker).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.ErrorContains(t, err, "AccessDenied")
	_, err = api(lister).DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &name})
	require.ErrorContains(t, err, "AccessDenied")
	_, err = api(maker).DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &name})
	require.NoError(t, err)
}

func TestPrincipalsOfABucketPolicy(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	_, err := inside(root(first)).Put(t.Context(), bucket, "a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	policy := func(principal string) error {
		document := fmt.Sprintf(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}]}`, principal, bucket)
		_, err := api(root(first)).PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &document})
		return err
	}
	for _, p := range []string{
		"arn:aws:iam::111122223333:user/", "arn:aws:iam::111122223333:user/a/b", "arn:aws:iam::1:user/ann", "arn:aws:iam::111122223333:role/r",
		"arn:aws:iam::111122223333:user/a*", "arn:aws:iam::111122223333:ROOT", "ann", "arn:aws:sts::111122223333:user/ann",
	} {
		require.ErrorContains(t, policy(p), "MalformedPolicy: Invalid principal in policy", p)
	}
	named, unnamed := user(t, first, "named+1"), user(t, first, "unnamed")
	require.NoError(t, policy(named.ARN()))
	require.NoError(t, readable(t, inside(named), bucket, "a"))
	require.ErrorIs(t, readable(t, inside(unnamed), bucket, "a"), objects.ErrAccessDenied)
	namesake := user(t, other, "named+1", allowAll)
	require.ErrorIs(t, readable(t, inside(namesake), bucket, "a"), objects.ErrAccessDenied)
	require.NoError(t, policy("*"))
	require.NoError(t, readable(t, inside(unnamed), bucket, "a"))
	require.ErrorIs(t, readable(t, inside(user(t, other, "idle")), bucket, "a"), objects.ErrAccessDenied, "its own account must allow it too")
	require.NoError(t, readable(t, inside(namesake), bucket, "a"))
}

// A bucket's policy may ask who it is. What the gateway alone would grant,
// knowing nobody, is taken back.
func TestConditionsOfABucketPolicyOnThePrincipal(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	_, err := inside(root(first)).Put(t.Context(), bucket, "a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	gretel, bob := user(t, first, "gretel"), user(t, first, "bob")
	strong := user(t, first, "strong", allowAll)
	statement := func(effect, condition string) string {
		return fmt.Sprintf(`{"Effect":%q,"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*","Condition":%s}`, effect, bucket, condition)
	}
	for _, condition := range []string{
		`{"StringEquals":{"aws:username":"gretel"}}`, `{"StringNotEquals":{"aws:username":"bob"}}`,
		`{"ArnEquals":{"aws:PrincipalArn":"` + gretel.ARN() + `"}}`, `{"StringEquals":{"aws:userid":"` + gretel.ID() + `"}}`,
	} {
		setPolicy(t, first, bucket, statement("Allow", condition))
		require.NoError(t, readable(t, inside(gretel), bucket, "a"), condition)
		require.ErrorIs(t, readable(t, inside(bob), bucket, "a"), objects.ErrAccessDenied, condition)
	}
	setPolicy(t, first, bucket, statement("Deny", `{"StringEquals":{"aws:username":"strong"}}`))
	require.ErrorIs(t, readable(t, inside(strong), bucket, "a"), objects.ErrAccessDenied)
	require.NoError(t, readable(t, inside(root(first)), bucket, "a"))
}

func TestConditionsOnTheRequest(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	_, err := inside(root(first)).Put(t.Context(), bucket, "a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	read := func(condition string) string {
		return `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":` + condition + `}`
	}
	for name, c := range map[string]struct {
		condition       string
		outside, inside bool
	}{
		"here":           {`{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`, true, false},
		"there":          {`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false, false},
		"no-address":     {`{"Null":{"aws:SourceIp":"true"}}`, false, true},
		"agent":          {`{"StringLike":{"aws:UserAgent":"*aws-sdk-go*"}}`, true, true},
		"long-ago":       {`{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, false, false},
		"open-transport": {`{"Bool":{"aws:SecureTransport":"false"}}`, true, true},
	} {
		p := user(t, first, name, read(c.condition))
		for client, want := range map[*objects.Client]bool{outside(t, keyOf(p), "secret", ""): c.outside, inside(p): c.inside} {
			err := readable(t, client, bucket, "a")
			require.Equal(t, want, err == nil, "%s: %v", name, err)
		}
	}
	// The gateway's own judgement of a bucket's policy knows the address too.
	setPolicy(t, first, bucket, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1"}}}`, bucket))
	require.ErrorIs(t, readable(t, outside(t, "AKIAFIRSTKEY", "first-secret", ""), bucket, "a"), objects.ErrAccessDenied)
	require.NoError(t, readable(t, inside(root(first)), bucket, "a"))
	request := signed(t, http.MethodGet, "/"+bucket+"/a", "", "AKIAFIRSTKEY", "first-secret")
	request.Header.Set("X-Ownsight-Caller", "203.0.113.1:1")
	request.Header.Set("X-Forwarded-For", "203.0.113.1")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusForbidden, answer.StatusCode, "an address cannot be made up")
}

func TestVersionsAreARightOfTheirOwn(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	_, err := api(root(first)).PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	secret, err := inside(root(first)).Put(t.Context(), bucket, "secret/a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	open, err := inside(root(first)).Put(t.Context(), bucket, "open/a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)

	allowed := user(t, first, "versions", allowAll, denySecrets)
	plain := user(t, first, "newest", `{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"*"}`)
	_, _, err = inside(plain).GetBytes(t.Context(), bucket, "open/a", open.VersionID, 10)
	require.ErrorIs(t, err, objects.ErrAccessDenied)
	_, _, err = inside(allowed).GetBytes(t.Context(), bucket, "open/a", open.VersionID, 10)
	require.NoError(t, err)

	// A policy on a key holds for a copy of one of its versions as well.
	copied := func(p ownsight.Principal, key, version string) string {
		_, err := api(p).CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("open/copy"),
			CopySource: aws.String(bucket + "/" + key + "?versionId=" + version)})
		answer, _ := sign(err)
		return answer
	}
	exactly := user(t, first, "exactly", allowAll, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::`+bucket+`/secret/a"}`)
	require.Equal(t, "+", copied(allowed, "open/a", open.VersionID))
	require.Equal(t, "-", copied(plain, "open/a", open.VersionID))
	require.Equal(t, "-", copied(allowed, "secret/a", secret.VersionID))
	require.Equal(t, "-", copied(exactly, "secret/a", secret.VersionID))
	setPolicy(t, first, bucket, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::%s/open/a"}`, bucket))
	require.Equal(t, "-", copied(root(first), "open/a", open.VersionID))

	out, err := api(plain).DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("open/copy")}, {Key: aws.String("open/a"), VersionId: &open.VersionID}}}})
	require.NoError(t, err)
	require.Len(t, out.Errors, 1)
	require.Equal(t, "open/a", *out.Errors[0].Key)
	require.Equal(t, "AccessDenied", *out.Errors[0].Code)
}

// A copy between buckets of two accounts needs both, on both sides.
func TestCopyAcrossAccounts(t *testing.T) {
	mine, theirs := objectstest.Bucket(t, inside(root(first))), objectstest.Bucket(t, inside(root(other)))
	_, err := inside(root(other)).Put(t.Context(), theirs, "a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	full, weak := user(t, first, "copier", allowAll), user(t, first, "weak", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`)
	copied := func(p ownsight.Principal) string {
		_, err := api(p).CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &mine, Key: aws.String("b"), CopySource: aws.String(theirs + "/a")})
		answer, _ := sign(err)
		return answer
	}
	require.Equal(t, "-", copied(full))
	setPolicy(t, other, theirs, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":%q},"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}`, first, theirs))
	require.Equal(t, "+", copied(full))
	require.Equal(t, "-", copied(weak))
	require.Equal(t, "+", copied(root(first)))
	require.Equal(t, "-", copied(user(t, other, "lodger", allowAll)), "the destination is another account's")
}

// The gateway judges a form upload without its key, on which policies stand.
func TestFormUploadsAreForRoots(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	upload := func(p ownsight.Principal) int {
		post, err := s3.NewPresignClient(api(p)).PresignPostObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("secret/form")})
		require.NoError(t, err)
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		require.NoError(t, form.WriteField("key", "secret/form"))
		for name, value := range post.Values {
			if name != "key" {
				require.NoError(t, form.WriteField(name, value))
			}
		}
		file, err := form.CreateFormFile("file", "f")
		require.NoError(t, err)
		_, err = io.WriteString(file, "x")
		require.NoError(t, errors.Join(err, form.Close()))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/"+bucket, &body)
		require.NoError(t, err)
		request.Header.Set("Content-Type", form.FormDataContentType())
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	require.Equal(t, http.StatusNoContent, upload(root(first)))
	require.Equal(t, http.StatusForbidden, upload(user(t, first, "form", allowAll, denySecrets)))
}

func TestFaultOfTheRightsIsNotARefusal(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	p := user(t, first, "unlucky", allowAll)
	policies.mutex.Lock()
	policies.broken[p] = errors.New("database is gone")
	policies.mutex.Unlock()
	err := readable(t, inside(p), bucket, "a")
	require.ErrorIs(t, err, objects.ErrUnavailable)
	require.NotContains(t, err.Error(), "database")
	err = readable(t, elsewhere(t).As(p), bucket, "a")
	require.ErrorContains(t, err, "database is gone")
	require.False(t, objects.Wrong(err))
}

func TestACLsGrantToAccounts(t *testing.T) {
	bucket := objectstest.Bucket(t, inside(root(first)))
	_, err := inside(root(first)).Put(t.Context(), bucket, "a", strings.NewReader("x"), objects.PutOptions{})
	require.NoError(t, err)
	_, err = api(root(first)).PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{Bucket: &bucket,
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred}}}})
	require.NoError(t, err)
	_, err = api(root(first)).PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: &bucket, GrantRead: aws.String(other)})
	require.NoError(t, err)
	require.NoError(t, readable(t, inside(root(other)), bucket, "a"))
	require.NoError(t, readable(t, inside(user(t, other, "guest", allowAll)), bucket, "a"))
	require.ErrorIs(t, readable(t, inside(user(t, other, "poor")), bucket, "a"), objects.ErrAccessDenied)
	require.ErrorIs(t, readable(t, inside(user(t, first, "poor")), bucket, "a"), objects.ErrAccessDenied)
	_, err = inside(root(other)).Put(t.Context(), bucket, "b", strings.NewReader("x"), objects.PutOptions{})
	require.ErrorIs(t, err, objects.ErrAccessDenied)
}
