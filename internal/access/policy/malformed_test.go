package policy

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// A statement of each kind, for others to stand beside.
const (
	good        = `{"Sid":"Good","Effect":"Allow","Action":"a:b","Resource":"*"}`
	goodProject = `{"Sid":"Good","Effect":"Allow","Principal":"*","Action":"rekognition:CopyProjectVersion","Resource":"*"}`
)

type malformed struct{ document, says string }

func TestMalformedIdentityPolicies(t *testing.T) {
	refuse(t, CheckIdentity, []malformed{
		{``, `the policy document: is not JSON, at byte 0: unexpected EOF`},
		{`null`, `the policy document: must be a JSON object`},
		{`[` + good + `]`, `must be a JSON object`},
		{`{"Statement":[` + good + `,]}`, `is not JSON, at byte 76: invalid character ']'`},
		{`{"Statement":` + good + `} x`, `invalid character 'x' after top-level value`},
		{`'{"Statement":` + good + `}'`, `is not JSON, at byte 0`},
		{"{\"Statement\":[{\"Sid\":\"\xff\"}]}", `invalid UTF-8`},
		{`{"Statement":{"Effect":"Allow","Action":["a:b" "a:c"],"Resource":"*"}}`, `is not JSON, at byte 47`},
		{`{}`, `Statement: needs at least one statement`},
		{`{"Statement":[]}`, `Statement: needs at least one statement`},
		{`{"Statement":null}`, `Statement: needs at least one statement`},
		{`{"Statement":"Allow"}`, `Statement: needs at least one statement`},
		{`{"Statement":[` + good + `,null]}`, `Statement[1]: must be a JSON object`},
		{`{"Statement":[` + good + `,"x"]}`, `Statement[1]: must be a JSON object`},
		{`{"statement":[` + good + `]}`, `has no member "statement"; write "Statement"`},
		{`{"Rules":1,"Statement":[` + good + `]}`, `has no member "Rules", only Version, Id, Statement`},
		{`{"Id":"x","Statement":` + good + `}`, `Id: only policies of resources have one`},
		{`{"Version":"2012-10-18","Statement":` + good + `}`, `Version: "2012-10-18" is unknown; write "2012-10-17"`},
		{`{"Version":20121017,"Statement":` + good + `}`, `Version: must be a string`},
		{`{"Version":null,"Statement":` + good + `}`, `Version: must be a string`},
		{`{"Version":"2012-10-17","Version":"2008-10-17","Statement":` + good + `}`, `the member Version appears twice`},
		{`{"Statement":[` + good + `,` + good + `]}`, `Statement[1].Sid: "Good" is the Sid of another statement too`},

		{statement2(`"Effect":"Allow","Effect":"Deny"`), `the member Statement/1/Effect appears twice`},
		{statement2(`"Effect":"Allow","effect":"Deny","Action":"a:b","Resource":"*"`), `Statement[1]: has no member "effect"; write "Effect"`},
		{statement2(`"Effect":"Allow","Conditions":{},"Action":"a:b","Resource":"*"`), `Statement[1]: has no member "Conditions", only Sid, Effect`},
		{statement2(`"Sid":"with space","Effect":"Allow","Action":"a:b","Resource":"*"`), `Statement[1].Sid: "with space" has other characters`},
		{statement2(`"Sid":7,"Effect":"Allow","Action":"a:b","Resource":"*"`), `Statement[1].Sid: must be a string`},
		{statement2(`"Sid":"S","Action":"a:b","Resource":"*"`), `Statement[1] (Sid "S"): lacks Effect`},
		{statement2(`"Effect":"ALLOW","Action":"a:b","Resource":"*"`), `Statement[1].Effect: "ALLOW" is neither "Allow" nor "Deny"`},
		{statement2(`"Effect":["Allow"],"Action":"a:b","Resource":"*"`), `Statement[1].Effect: must be a string`},
		{statement2(`"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"`), `Statement[1]: must not have Principal`},
		{statement2(`"Effect":"Allow","NotPrincipal":"*","Action":"a:b","Resource":"*"`), `Statement[1]: must not have NotPrincipal`},
		{statement2(`"Effect":"Allow","Resource":"*"`), `Statement[1]: lacks Action`},
		{statement2(`"Effect":"Allow","Action":[],"Resource":"*"`), `Statement[1]: has an empty list of actions`},
		{statement2(`"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"`), `Statement[1]: has both Action and NotAction; choose one`},
		{statement2(`"Effect":"Allow","Action":null,"Resource":"*"`), `Statement[1].Action: must be a string or a list of strings`},
		{statement2(`"Effect":"Allow","Action":["a:b",1],"Resource":"*"`), `Statement[1].Action: must be a string or a list of strings`},
		{statement2(`"Effect":"Allow","Action":"DetectCustomLabels","Resource":"*"`), `the action "DetectCustomLabels" needs the form SERVICE:ACTION`},
		{statement2(`"Effect":"Allow","NotAction":"re kognition:x","Resource":"*"`), `the action "re kognition:x" needs the form`},
		{statement2(`"Effect":"Allow","Action":"rekognition:","Resource":"*"`), `the action "rekognition:" needs the form`},
		{statement2(`"Effect":"Allow","Action":"*:*","Resource":"*"`), `the action "*:*" needs the form`},
		{statement2(`"Effect":"Allow","Action":"a:b"`), `Statement[1]: lacks Resource`},
		{statement2(`"Effect":"Allow","Action":"a:b","NotResource":[]`), `Statement[1]: has an empty list of resources`},
		{statement2(`"Effect":"Allow","Action":"a:b","Resource":"*","NotResource":"*"`), `has both Resource and NotResource`},
		{statement2(`"Effect":"Allow","Action":"a:b","Resource":"my-bucket"`), `Statement[1].Resource: "my-bucket" is not an ARN; needs "*" or arn:aws:`},
		{statement2(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:rekognition:*"`), `"arn:aws:rekognition:*" is not an ARN`},
		{statement2(`"Effect":"Allow","Action":"a:b","Resource":""`), `"" is not an ARN`},
		{statement2(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws-cn:s3:::b"`), `"arn:aws-cn:s3:::b": the only partition here is "aws"`},
		{statement2(`"Effect":"Allow","Action":"a:b","NotResource":["*","arn::s3:::b"]`), `Statement[1].NotResource: "arn::s3:::b": the only partition`},

		{variable("${aws:username"), `Statement.Resource: the policy variable ${aws:username lacks its closing brace`},
		{variable("${}"), `the policy variable ${} is empty`},
		{variable("${ aws:username}"), `does not name a condition key`},
		{variable("${aws:PrincipalTag/a b}"), `does not name a condition key`},
		{variable("${username}"), `does not name a condition key`},
		{variable("${aws:username, anonymous}"), `must stand in single quotes: ${aws:username, 'default'}`},
		{variable("${aws:username, 'a}"), `lacks its closing brace`},
		{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3::${aws:PrincipalAccount}:b"}}`, `policy variables may stand after the fifth colon only`},

		{allow(`"Condition":null`), `Statement.Condition: must be a JSON object`},
		{allow(`"Condition":[]`), `Statement.Condition: must be a JSON object`},
		{allow(`"Condition":{"StringEqual":{"aws:username":"a"}}`), `Statement.Condition: "StringEqual" is not a condition operator`},
		{allow(`"Condition":{"stringequals":{"aws:username":"a"}}`), `"stringequals" is not a condition operator`},
		{allow(`"Condition":{"NullIfExists":{"aws:username":"true"}}`), `"NullIfExists" is not a condition operator`},
		{allow(`"Condition":{"ForAnyValue:ForAllValues:StringEquals":{"aws:username":"a"}}`), `is not a condition operator`},
		{allow(`"Condition":{"StringEquals":"a"}`), `Statement.Condition.StringEquals: must be a JSON object`},
		{allow(`"Condition":{"StringEquals":{"username":"a"}}`), `"username" is not a condition key; needs a service before a colon`},
		{allow(`"Condition":{"StringEquals":{"aws:username":null}}`), `Statement.Condition.StringEquals.aws:username: must be a string, number or boolean`},
		{allow(`"Condition":{"StringEquals":{"aws:username":[["a"]]}}`), `must be a string, number or boolean`},
		{allow(`"Condition":{"StringEquals":{"aws:username":"a","AWS:UserName":"b"}}`), `the key "AWS:UserName" appears twice, for case does not matter`},
		{allow(`"Condition":{"StringEquals":{"aws:username":"a","aws:username":"b"}}`), `the member Statement/Condition/StringEquals/aws:username appears twice`},
		{allow(`"Condition":{"StringLike":{"aws:username":"${aws:}"}}`), `Statement.Condition.StringLike.aws:username: the policy variable ${aws:} does not name`},
		{allow(`"Condition":{"NumericLessThan":{"a:n":"ten"}}`), `Statement.Condition.NumericLessThan.a:n: "ten" does not fit the operator; needs a number`},
		{allow(`"Condition":{"NumericLessThan":{"a:n":"NaN"}}`), `needs a number`},
		{allow(`"Condition":{"NumericLessThan":{"a:n":"${aws:username}"}}`), `needs a number`},
		{allow(`"Condition":{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`), `"tomorrow" does not fit the operator; needs a date`},
		{allow(`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-01-31T12:00:00"}}`), `needs a date`},
		{allow(`"Condition":{"Bool":{"aws:SecureTransport":"yes"}}`), `needs true or false`},
		{allow(`"Condition":{"Null":{"aws:TagKeys":["false","x"]}}`), `needs true or false`},
		{allow(`"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}}`), `needs an address or network, such as 203.0.113.0/24`},
		{allow(`"Condition":{"NotIpAddress":{"aws:SourceIp":"localhost"}}`), `needs an address or network`},
	})
}

func TestMalformedProjectPolicies(t *testing.T) {
	refuse(t, CheckProject, []malformed{
		{`{"Statement":[` + goodProject + `,` + goodProject + `]}`, `Statement[1].Sid: "Good" is the Sid of another statement too`},
		{`{"Id":7,"Statement":` + goodProject + `}`, `Id: must be a string`},
		{project2(`"Principal":"*"`, `"Principal":"*","NotPrincipal":"*"`), `Statement[1]: must not have NotPrincipal`},
		{project2(`"Principal":"*",`, ``), `Statement[1]: lacks Principal, such as {"AWS": "111122223333"}`},
		{project2(`"Principal":"*"`, `"Principal":"111122223333"`), `Statement[1].Principal: "111122223333" is not a principal; write "*" or {"AWS": "111122223333"}`},
		{project2(`"Principal":"*"`, `"Principal":["*"]`), `Statement[1].Principal: must be a JSON object`},
		{project2(`"Principal":"*"`, `"Principal":null`), `Statement[1].Principal: must be a JSON object`},
		{project2(`"Principal":"*"`, `"Principal":{}`), `Statement[1].Principal: names nobody`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":[]}`), `Statement[1].Principal: names nobody`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":111122223333}`), `Statement[1].Principal.AWS: must be a string or a list of strings`},
		{project2(`"Principal":"*"`, `"Principal":{"aws":"*"}`), `principals of the kind "aws" cannot copy models`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"*","Service":"s3.amazonaws.com"}`), `principals of the kind "Service" cannot copy models`},
		{project2(`"Principal":"*"`, `"Principal":{"Federated":"www.amazon.com"}`), `principals of the kind "Federated"`},
		{project2(`"Principal":"*"`, `"Principal":{"CanonicalUser":"79a59df900b949e5"}`), `principals of the kind "CanonicalUser"`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"11112222333"}`), `"11112222333" is not a principal; needs an account's twelve digits`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":["111122223333","principal"]}`), `Statement[1].Principal.AWS: "principal" is not a principal`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::1111:root"}`), `is not a principal`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}`), `is not a principal`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws-cn:iam::111122223333:root"}`), `is not a principal`},
		{project2(`"Principal":"*"`, `"Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}`), `a wildcard cannot be a part of a principal; "*" alone is everybody`},
		{project2(`"Action"`, `"NotAction":"a:b","Action"`), `Statement[1]: must not have NotAction`},
		{project2(`"Action":"rekognition:CopyProjectVersion",`, ``), `Statement[1]: lacks Action`},
		{project2(`rekognition:CopyProjectVersion`, `rekognition:DetectCustomLabels`), `"rekognition:DetectCustomLabels": the only action of a project policy is rekognition:CopyProjectVersion`},
		{project2(`"rekognition:CopyProjectVersion"`, `"rekognition:*"`), `the only action of a project policy`},
		{project2(`"rekognition:CopyProjectVersion"`, `["rekognition:CopyProjectVersion","*"]`), `Statement[1].Action: "*": the only action`},
		{project2(`"Resource"`, `"NotResource":"*","Resource"`), `Statement[1]: must not have NotResource`},
		{project2(`,"Resource":"*"`, ``), `Statement[1]: lacks Resource`},
		{project2(`"Resource":"*"`, `"Resource":"arn:aws:s3:::b"`), `"arn:aws:s3:::b" is not of rekognition; name model versions`},
		{project2(`"Resource":"*"`, `"Resource":"project/p/version/*"`), `"project/p/version/*" is not an ARN`},
		{project2(`"Resource":"*"`, `"Resource":"*","Condition":{"StringEquals":{"aws:username":true,"x":1}}`), `"x" is not a condition key`},
		// The sample of the SDKs' documentation: wrapped in quotes, ALLOW, and no principal.
		{`'{"Version":"2012-10-17","Statement":[{"Effect":"ALLOW","Principal":{"AWS":"principal"},"Action":"rekognition:CopyProjectVersion","Resource":"` + modelARN + `"}]}'`, `is not JSON, at byte 0`},
		{`{"Version":"2012-10-17","Statement":[{"Effect":"ALLOW","Principal":{"AWS":"principal"},"Action":"rekognition:CopyProjectVersion","Resource":"` + modelARN + `"}]}`, `Statement[0].Effect: "ALLOW" is neither "Allow" nor "Deny"`},
	})
	require.NoError(t, CheckProject(`{"Id":"x y","Statement":`+goodProject+`}`))
}

func refuse(t *testing.T, check func(string) error, rows []malformed) {
	t.Helper()
	for _, r := range rows {
		err := check(r.document)
		require.Equal(t, ownsight.MalformedPolicy, ownsight.CodeOf(err), "%s: %v", r.document, err)
		require.ErrorContains(t, err, r.says, r.document)
		require.Equal(t, denied, Identity([]string{r.document}, Request{Action: "a:b", Resource: "*"}), "it denies: %s", r.document)
	}
}

func statement2(members string) string { return `{"Statement":[` + good + `,{` + members + `}]}` }

func variable(v string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/` + v + `"}}`
}
