package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/versity/versitygw/iamapi/policy"
	"github.com/versity/versitygw/iamapi/types"

	"ownsight"
)

// FuzzPolicies holds what must be true of any document and request: nothing panics; a refused document denies; of an
// accepted one, the evaluator reads every statement, whatever the variables bring, so that only a Deny denies; and what
// is not put to the evaluator would not have changed its mind.
func FuzzPolicies(f *testing.F) {
	for _, d := range published {
		f.Add(d, "s3:GetObject", "arn:aws:s3:::b/k", "aws:username", "ann")
		f.Add(d, "rekognition:CreateProject", modelARN, "aws:TagKeys", "key1*")
	}
	f.Add(copying("Deny", `{"AWS":["222222222222","*"]}`, "*", ""), copyAction, modelARN, "aws:PrincipalArn", "*")
	f.Add(allow(`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-01"},"StringLike":{"a:b":"${a:c, 'x'}*"}}`), "a:b", "*", "a:c", "\x01")
	f.Fuzz(func(t *testing.T, d, action, resource, key, value string) {
		r := Request{action, resource, map[string][]string{key: {value}}}
		who := ownsight.Principal{Account: "222222222222", User: "ann"}
		for _, k := range []kind{identity, project} {
			check, decision := CheckIdentity(d), Identity([]string{d}, r)
			if k == project {
				check, decision = CheckProject(d), Project([]string{d}, who, false, r)
			}
			if check != nil {
				require.Equal(t, ownsight.MalformedPolicy, ownsight.CodeOf(check))
				require.Equal(t, denied, decision)
				continue
			}
			statements, err := parse(d, k)
			require.NoError(t, err)
			q := newQuestion(r)
			deny := false
			for _, s := range statements {
				deny = deny || s.effect == "Deny"
				encoded, ok := s.encode(q.Condition)
				if !ok {
					continue
				}
				require.NoError(t, policy.Parse(document(encoded)), encoded)
				if !s.mayCover(q) {
					alone := policy.EvaluateIdentityPolicies([]types.PolicyEntry{{PolicyDocument: document(encoded)}}, q.RequestContext)
					needs := slices.ContainsFunc(s.conditions, func(c condition) bool { return c.present })
					require.True(t, needs || alone == policy.DecisionNoMatch, encoded)
				}
			}
			require.True(t, deny || decision != denied, "nothing denies")
		}
	})
}

func BenchmarkIdentity(b *testing.B) {
	for _, n := range []int{1, 4, 20} {
		for _, same := range []bool{false, true} {
			document := statements(n, same)
			r := Request{"rekognition:Action0", "arn:aws:rekognition:eu-west-1:111122223333:project/p0/1650000000000", context(
				"aws:username", "ann", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/ann", "aws:PrincipalAccount", "111122223333",
				"aws:SourceIp", "203.0.113.7", "aws:CurrentTime", "2026-01-31T00:00:00Z", "aws:SecureTransport", "true",
				"aws:UserAgent", "Boto3/1.40", "aws:ResourceTag/team", "ann", "aws:PrincipalTag/team", "ann")}
			require.Equal(b, allowed, Identity([]string{document}, r))
			b.Run(fmt.Sprintf("%d statements, %d bytes, all apply %t", n, len(document), same), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Identity([]string{document}, r)
				}
			})
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{1, 4, 20} {
		document := statements(n, false)
		b.Run(fmt.Sprintf("%d statements, %d bytes", n, len(document)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, CheckIdentity(document))
			}
		})
	}
}

// statements makes a policy of n; the first applies to the benchmark's request, the others only if they are the same.
func statements(n int, same bool) string {
	var list []string
	for i := range n {
		action := i
		if same {
			action = 0
		}
		list = append(list, fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":["rekognition:Action%d","rekognition:Other%d"],`+
			`"Resource":"arn:aws:rekognition:*:111122223333:project/p%d/*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:username}"}}}`,
			i, action, i, action))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}
