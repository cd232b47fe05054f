package access

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

const (
	home    = ownsight.DefaultAccount
	abroad  = "444455556666"
	project = "arn:aws:rekognition:us-east-1:111122223333:project/p/1"
)

// TestAuthorize goes through who is allowed on account of what.
func TestAuthorize(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	require.NoError(t, s.CreateProfile(t.Context(), dir, abroad, "lab"))
	ann, bob := ownsight.Principal{Account: home, User: "ann"}, ownsight.Principal{Account: home, User: "bob"}
	eve := ownsight.Principal{Account: abroad, User: "eve"}
	for _, p := range []ownsight.Principal{ann, bob, eve} {
		require.NoError(t, s.CreateUser(t.Context(), p))
	}
	put := func(p ownsight.Principal, name, statement string) {
		require.NoError(t, s.PutPolicy(t.Context(), p, name, `{"Version":"2012-10-17","Statement":[`+statement+`]}`))
	}
	put(ann, "team", `{"Effect":"Allow","Action":"rekognition:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"sight"}}}`)
	put(ann, "tag", `{"Effect":"Allow","Action":"rekognition:CreateProject","Resource":"*","Condition":{
		"StringEquals":{"aws:RequestTag/team":"sight"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}`)
	put(ann, "never", `{"Effect":"Deny","Action":"rekognition:DeleteProject","Resource":"*"}`)
	put(eve, "copy", `{"Effect":"Allow","Action":"rekognition:CopyProjectVersion","Resource":"*"}`)
	tagged := "arn:aws:rekognition:us-east-1:111122223333:project/tagged/1"
	require.NoError(t, s.store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.Tags().Put(t.Context(), tagged, map[string]string{"team": "sight"})
	}))
	const open = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`
	const ours = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`
	const shut = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`
	const copying, deleting = "rekognition:CopyProjectVersion", "rekognition:DeleteProject"
	root, lab := ownsight.Principal{Account: home}, ownsight.Principal{Account: abroad}
	for _, c := range []struct {
		name    string
		who     ownsight.Principal
		request Request
		allowed bool
	}{
		{"root at home", root, Request{Action: deleting, Resource: project, Account: home}, true},
		{"root abroad", lab, Request{Action: deleting, Resource: project, Account: home}, false},
		{"a user without policies", bob, Request{Action: "rekognition:DescribeProjects", Resource: "*", Account: home}, false},
		{"a resource without the tag", ann, Request{Action: "rekognition:ListProjectPolicies", Resource: project, Account: home}, false},
		{"a resource with the tag", ann, Request{Action: "rekognition:ListProjectPolicies", Resource: tagged, Account: home}, true},
		{"a Deny beside an Allow", ann, Request{Action: deleting, Resource: tagged, Account: home}, false},
		{"the tag that is asked for", ann, Request{Action: "rekognition:CreateProject", Resource: project, Account: home, Tags: map[string]string{"team": "sight"}}, true},
		{"one tag too many", ann, Request{Action: "rekognition:CreateProject", Resource: project, Account: home, Tags: map[string]string{"team": "sight", "x": ""}}, false},
		{"another account that is let in", lab, Request{Action: copying, Resource: project, Account: home, Policies: []string{open}}, true},
		{"what the policy does not speak of", lab, Request{Action: deleting, Resource: project, Account: home, Policies: []string{open}}, false},
		{"a user of it with the right", eve, Request{Action: copying, Resource: project, Account: home, Policies: []string{open}}, true},
		{"a right without being let in", eve, Request{Action: copying, Resource: project, Account: home, Policies: nil}, false},
		{"root against a Deny", root, Request{Action: copying, Resource: project, Account: home, Policies: []string{shut}}, false},
		{"an Allow and a Deny", lab, Request{Action: copying, Resource: project, Account: home, Policies: []string{open, shut}}, false},
		{"a user, where its account is let in", bob, Request{Action: copying, Resource: project, Account: home, Policies: []string{ours}}, false},
		{"root beside an Allow for others", root, Request{Action: copying, Resource: project, Account: home, Policies: []string{open}}, true},
	} {
		err := s.Authorize(t.Context(), ownsight.Caller{Principal: c.who, Region: "us-east-1"}, c.request)
		if c.allowed {
			require.NoError(t, err, c.name)
			continue
		}
		require.Equal(t, ownsight.AccessDenied, ownsight.CodeOf(err), c.name)
		require.ErrorContains(t, err, c.who.ARN()+" is not authorized to perform: "+c.request.Action+" on resource: "+c.request.Resource)
	}
}

func TestWhatIsKnownOfARequest(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	ann := ownsight.Principal{Account: home, User: "ann"}
	require.NoError(t, s.CreateUser(t.Context(), ann))
	good := ownsight.Caller{Principal: ann, Region: "eu-west-1", Address: "10.0.0.7", Agent: "Boto3/1", TLS: true}
	for key, c := range map[string]struct {
		condition string
		other     ownsight.Caller
	}{
		"region":  {`"StringEquals":{"aws:RequestedRegion":"eu-west-1"}`, ownsight.Caller{Principal: ann, Region: "us-east-1"}},
		"address": {`"IpAddress":{"aws:SourceIp":"10.0.0.0/24"}`, ownsight.Caller{Principal: ann, Address: "10.0.1.7"}},
		"agent":   {`"StringLike":{"aws:UserAgent":"Boto3/*"}`, ownsight.Caller{Principal: ann, Agent: "curl"}},
		"tls":     {`"Bool":{"aws:SecureTransport":"true"}`, ownsight.Caller{Principal: ann}},
		"user":    {`"StringEquals":{"aws:username":"ann","aws:PrincipalType":"User","aws:userid":"` + ann.ID() + `"}`, ownsight.Caller{Principal: ownsight.Principal{Account: home, User: "bob"}}},
	} {
		require.NoError(t, s.PutPolicy(t.Context(), ann, "p", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+c.condition+`}}]}`))
		s.policies = memory[ownsight.Principal, []string]{}
		request := Request{Action: "rekognition:DescribeProjects", Resource: "*", Account: home}
		require.NoError(t, s.Authorize(t.Context(), good, request), key)
		require.Error(t, s.Authorize(t.Context(), c.other, request), key)
	}
}

func TestDecideForS3(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	ann := ownsight.Principal{Account: home, User: "ann"}
	require.NoError(t, s.CreateUser(t.Context(), ann))
	require.NoError(t, s.PutPolicy(t.Context(), ann, "home", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/home/${aws:username}/*","Condition":{"StringEquals":{"s3:x":"y"}}},
		{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/home/ann/secret"}]}`))
	asked := map[string][]string{"s3:x": {"y"}}
	for _, c := range []struct {
		who      ownsight.Principal
		resource string
		asked    map[string][]string
		want     ownsight.Decision
	}{
		{ann, "arn:aws:s3:::b/home/ann/k", asked, ownsight.Allow},
		{ann, "arn:aws:s3:::b/home/ann/k", nil, ownsight.Unsaid},
		{ann, "arn:aws:s3:::b/home/bob/k", asked, ownsight.Unsaid},
		{ann, "arn:aws:s3:::b/home/ann/secret", asked, ownsight.Deny},
		{ownsight.Principal{Account: home}, "arn:aws:s3:::b/home/ann/secret", nil, ownsight.Allow},
	} {
		got, err := s.Decide(t.Context(), c.who, "s3:GetObject", c.resource, c.asked)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v %s", c.who, c.resource)
	}
}

func TestUsersKeysAndPolicies(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	ann := ownsight.Principal{Account: home, User: "ann"}
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(s.CreateUser(t.Context(), ownsight.Principal{Account: home, User: "a b"})))
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(s.CreateUser(t.Context(), ownsight.Principal{Account: abroad, User: "ann"})))
	_, err := s.CreateKey(t.Context(), dir, ann, "ann", 0)
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
	require.NotContains(t, read(t, dir, "credentials"), "[ann]")
	require.NoError(t, s.CreateUser(t.Context(), ann))
	require.Equal(t, ownsight.AlreadyExists, ownsight.CodeOf(s.CreateUser(t.Context(), ann)))

	key, err := s.CreateKey(t.Context(), dir, ann, "ann", time.Hour)
	require.NoError(t, err)
	require.Contains(t, read(t, dir, "credentials"), "[ann]\naws_access_key_id = "+key.ID)
	found, err := s.Key(t.Context(), key.ID)
	require.NoError(t, err)
	require.Equal(t, ann, found.Principal)
	require.WithinDuration(t, time.Now().Add(time.Hour), found.Expires, time.Minute)
	_, err = s.CreateKey(t.Context(), dir, ann, "default", 0)
	require.Equal(t, ownsight.AlreadyExists, ownsight.CodeOf(err))

	require.Equal(t, ownsight.MalformedPolicy, ownsight.CodeOf(s.PutPolicy(t.Context(), ann, "p", "{}")))
	const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(s.PutPolicy(t.Context(), ann, "a b", nothing)))
	for i := range maxPolicies {
		require.NoError(t, s.PutPolicy(t.Context(), ann, string(rune('a'+i)), nothing))
	}
	require.Equal(t, ownsight.LimitExceeded, ownsight.CodeOf(s.PutPolicy(t.Context(), ann, "z", nothing)))
	list, err := s.Policies(t.Context(), ann)
	require.NoError(t, err)
	require.Len(t, list, maxPolicies)

	require.NoError(t, s.DeleteKey(t.Context(), ann, key.ID))
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(s.DeleteKey(t.Context(), ann, key.ID)))
	require.NoError(t, s.DeleteUser(t.Context(), ann))
	users, err := s.Users(t.Context(), home)
	require.NoError(t, err)
	require.Empty(t, users)
}
