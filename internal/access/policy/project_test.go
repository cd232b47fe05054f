package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// project2 is a project policy whose second statement is the good one, changed.
func project2(old, replacement string) string {
	s := strings.Replace(strings.Replace(goodProject, old, replacement, 1), `"Sid":"Good",`, ``, 1)
	return `{"Statement":[` + goodProject + `,` + s + `]}`
}

// copying is a project policy of one statement.
func copying(effect, principal, resource, rest string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal +
		`,"Action":"rekognition:CopyProjectVersion","Resource":"` + resource + `"` + rest + `}]}`
}

func TestProjectPolicies(t *testing.T) {
	const (
		model     = "arn:aws:rekognition:us-east-1:111111111111:project/my_project/version/test_1/1627045542080"
		other     = "arn:aws:rekognition:us-east-1:111111111111:project/my_project/version/test_2/1627045542081"
		of        = "arn:aws:rekognition:us-east-1:111111111111:project/my_project/version/*"
		elsewhere = "arn:aws:rekognition:us-east-1:111111111111:project/my_project2/version/test_1/1627045542080"
		owns      = "arn:aws:rekognition:us-east-1:222222222222:project/my_project/version/test_1/1627045542080"
	)
	root := ownsight.Principal{Account: "222222222222"}
	ann := ownsight.Principal{Account: "222222222222", User: "ann"}
	bob := ownsight.Principal{Account: "222222222222", User: "bob"}
	stranger := ownsight.Principal{Account: "333333333333", User: "ann"}
	const account, rootARN, userARN = `{"AWS":"222222222222"}`, `{"AWS":"arn:aws:iam::222222222222:root"}`, `{"AWS":"arn:aws:iam::222222222222:user/ann"}`

	// The guide's own (md-create-project-policy-document): a role, and the form for all of a project's versions. That
	// of ListProjectPolicies in the API reference: an account's root, and "*".
	published := []string{
		copying("Allow", `{"AWS":"arn:aws:iam::111111111111:role/Admin"}`, model, ""),
		copying("Allow", rootARN, of, ""),
		`{"Version":"2012-10-17","Statement":[{"Sid":"Statemented1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`,
	}
	rows := []struct {
		documents []string
		who       ownsight.Principal
		resource  string
		want      ownsight.Decision
	}{
		{nil, ann, model, unsaid},
		{published[:1], ann, model, unsaid},
		{published[:1], ownsight.Principal{Account: "111111111111", User: "Admin"}, model, unsaid},
		{published[:2], ann, model, allowed},
		{published[:2], ann, elsewhere, unsaid},
		{published[2:], ownsight.Principal{Account: "111122223333"}, model, allowed},
		{published[2:], ann, model, unsaid},

		{[]string{copying("Allow", account, model, "")}, root, model, allowed},
		{[]string{copying("Allow", account, model, "")}, ann, model, allowed},
		{[]string{copying("Allow", account, model, "")}, ann, other, unsaid},
		{[]string{copying("Allow", account, model, "")}, stranger, model, unsaid},
		{[]string{copying("Allow", rootARN, model, "")}, bob, model, allowed},
		{[]string{copying("Allow", userARN, model, "")}, ann, model, allowed},
		{[]string{copying("Allow", userARN, model, "")}, bob, model, unsaid},
		{[]string{copying("Allow", userARN, model, "")}, root, model, unsaid},
		{[]string{copying("Allow", userARN, model, "")}, stranger, model, unsaid},
		{[]string{copying("Allow", strings.ToUpper(userARN[:7])+strings.Replace(userARN[7:], "ann", "Ann", 1), model, "")}, ann, model, unsaid},
		{[]string{copying("Allow", `{"AWS":["333333333333","arn:aws:iam::222222222222:user/bob"]}`, "*", "")}, bob, model, allowed},
		{[]string{copying("Allow", `{"AWS":["333333333333","arn:aws:iam::222222222222:user/bob"]}`, "*", "")}, stranger, model, allowed},
		{[]string{copying("Allow", `{"AWS":["333333333333","arn:aws:iam::222222222222:user/bob"]}`, "*", "")}, ann, model, unsaid},
		{[]string{copying("Allow", `"*"`, "*", "")}, stranger, model, allowed},
		{[]string{copying("Allow", `{"AWS":"*"}`, "*", "")}, root, model, allowed},

		{[]string{copying("Allow", account, "*", ""), copying("Deny", userARN, model, "")}, ann, model, denied},
		{[]string{copying("Allow", account, "*", ""), copying("Deny", userARN, model, "")}, ann, other, allowed},
		{[]string{copying("Allow", account, "*", ""), copying("Deny", userARN, model, "")}, bob, model, allowed},
		{[]string{copying("Deny", account, "*", ""), copying("Allow", userARN, model, "")}, ann, model, denied},
		{[]string{copying("Deny", `"*"`, "*", "")}, root, model, denied},

		// The project is of their own account.
		{[]string{copying("Allow", account, "*", "")}, ann, owns, unsaid},
		{[]string{copying("Allow", rootARN, "*", "")}, ann, owns, unsaid},
		{[]string{copying("Allow", account, "*", "")}, root, owns, allowed},
		{[]string{copying("Allow", userARN, "*", "")}, ann, owns, allowed},
		{[]string{copying("Allow", `"*"`, "*", "")}, ann, owns, allowed},
		{[]string{copying("Deny", account, "*", ""), copying("Allow", userARN, "*", "")}, ann, owns, denied},

		{[]string{copying("Allow", `"*"`, "*", `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::222222222222:user/ann"}}`)}, ann, model, allowed},
		{[]string{copying("Allow", `"*"`, "*", `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::222222222222:user/ann"}}`)}, bob, model, unsaid},
		{[]string{copying("Allow", `"*"`, "arn:aws:rekognition:*:111111111111:project/my_project/version/${aws:username}_?/*", "")}, ownsight.Principal{Account: "222222222222", User: "test"}, model, allowed},
		{[]string{copying("Allow", `"*"`, "arn:aws:rekognition:*:111111111111:project/my_project/version/${aws:username}_?/*", "")}, ann, model, unsaid},

		{[]string{copying("Allow", account, "*", ""), `{}`}, ann, model, denied},
		{[]string{copying("Allow", `{"AWS":["arn:aws:sts::222222222222:assumed-role/R/s","arn:aws:sts::222222222222:federated-user/ann"]}`, "*", "")}, ann, model, unsaid},
	}
	for i, r := range rows {
		r.who = ownsight.Principal{Account: r.who.Account, User: r.who.User}
		request := Request{copyAction, r.resource, context("aws:PrincipalArn", r.who.ARN(), "aws:username", r.who.User)}
		require.Equal(t, r.want, Project(r.documents, r.who, strings.Contains(r.resource, ":"+r.who.Account+":"), request), "row %d: %+v", i, r)
	}
	require.NoError(t, CheckProject(strings.Replace(copying("Allow", account, model, ""), "CopyProjectVersion", "copyprojectversion", 1)))
	for _, d := range published {
		require.NoError(t, CheckProject(d))
		require.Error(t, CheckIdentity(d), "no identity policy")
	}
}
