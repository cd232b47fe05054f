package policy

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ownsight"
)

// The documents of AWS that the tables ask, put shortly; beside each the page that has it. IAM is the IAM User Guide,
// CL the Custom Labels Developer Guide.
var published = map[string]string{
	// CL sc-introduction: management of projects and models.
	"projects": `{"Version":"2012-10-17","Statement":[
		{"Sid":"AllResources","Effect":"Allow","Action":"rekognition:DescribeProjects","Resource":"*"},
		{"Sid":"SpecificProjectVersion","Effect":"Allow","Action":["rekognition:StopProjectVersion","rekognition:StartProjectVersion","rekognition:DetectCustomLabels","rekognition:CreateProjectVersion"],"Resource":"arn:aws:rekognition:*:*:project/MyProject/version/MyVersion/*"},
		{"Sid":"SpecificProject","Effect":"Allow","Action":["rekognition:CreateProject","rekognition:DescribeProjectVersions","rekognition:CreateProjectVersion"],"Resource":"arn:aws:rekognition:*:*:project/MyProject/*"},
		{"Sid":"ExplicitDenyCreateProject","Effect":"Deny","Action":["rekognition:CreateProject"],"Resource":["arn:aws:rekognition:*:*:project/SampleProject/*"]}]}`,
	// CL sc-introduction: inference only.
	"detect": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rekognition:DetectCustomLabels"],"Resource":"arn:aws:rekognition:*:*:project/MyProject/version/MyVersion/*"}]}`,
	// CL sc-introduction: AmazonRekognitionCustomLabelsFullAccess, with the comma that the page lacks.
	"full": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:ListBucket","s3:ListAllMyBuckets","s3:GetBucketAcl","s3:GetBucketLocation","s3:GetObject","s3:GetObjectAcl","s3:GetObjectTagging","s3:GetObjectVersion","s3:PutObject"],"Resource":"arn:aws:s3:::*custom-labels*"},
		{"Effect":"Allow","Action":["rekognition:CreateProject","rekognition:CreateProjectVersion","rekognition:StartProjectVersion","rekognition:StopProjectVersion","rekognition:DescribeProjects","rekognition:DescribeProjectVersions","rekognition:DetectCustomLabels","rekognition:DeleteProject","rekognition:DeleteProjectVersion","rekognition:TagResource","rekognition:UntagResource","rekognition:ListTagsForResource"],"Resource":"*"}]}`,
	// IAM tutorial_attribute-based-access-control, with rekognition in the place of secretsmanager.
	"tags": `{"Version":"2012-10-17","Statement":[
		{"Sid":"SameProjectSameTeam","Effect":"Allow","Action":"rekognition:*","Resource":"*","Condition":{
			"StringEquals":{"aws:ResourceTag/access-project":"${aws:PrincipalTag/access-project}","aws:ResourceTag/access-team":"${aws:PrincipalTag/access-team}"},
			"ForAllValues:StringEquals":{"aws:TagKeys":["access-project","access-team","cost-center","Name","OwnedBy"]},
			"StringEqualsIfExists":{"aws:RequestTag/access-project":"${aws:PrincipalTag/access-project}","aws:RequestTag/access-team":"${aws:PrincipalTag/access-team}"}}},
		{"Sid":"NoTags","Effect":"Allow","Action":["rekognition:DescribeProjects"],"Resource":"*"},
		{"Sid":"ReadSameTeam","Effect":"Allow","Action":["rekognition:Describe*","rekognition:Get*","rekognition:List*"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/access-team":"${aws:PrincipalTag/access-team}"}}},
		{"Sid":"DenyUntagReserved","Effect":"Deny","Action":"rekognition:UntagResource","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":"access-*"}}},
		{"Sid":"DenyPermissionsManagement","Effect":"Deny","Action":"rekognition:*Policy","Resource":"*"}]}`,
	// IAM access_tags: one's own instances; the tags that may be set; a queue named after a team.
	"owner":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:StartInstances","ec2:StopInstances"],"Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/Owner":"${aws:username}"}}},{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]}`,
	"tagged": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:RequestTag/environment":["preprod","production"]},"ForAllValues:StringEquals":{"aws:TagKeys":"environment"}}}}`,
	"queue":  `{"Version":"2012-10-17","Statement":{"Sid":"AllQueueActions","Effect":"Allow","Action":"sqs:DeleteQueue","Resource":"arn:aws:sqs:us-east-2::${aws:PrincipalTag/team}-queue"}}`,
	// IAM reference_policies_evaluation-logic.
	"carlos": `{"Version":"2012-10-17","Statement":[
		{"Sid":"AllowS3ListRead","Effect":"Allow","Action":["s3:GetBucketLocation","s3:GetAccountPublicAccessBlock","s3:ListAccessPoints","s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::*"},
		{"Sid":"AllowS3Self","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::carlossalazar/*","arn:aws:s3:::carlossalazar"]},
		{"Sid":"DenyS3Logs","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*log*"}]}`,
	// IAM reference_policies_examples_aws_deny-ip, -aws-dates.
	"deny-ip": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}}`,
	"dates":   `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"service-prefix:action-name","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2020-06-30T23:59:59Z"}}}]}`,
	// IAM reference_policies_elements_notaction, _notresource.
	"mfa":     `{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllUsersNotUsingMFA","Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`,
	"not-iam": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`,
	"payroll": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]}}`,
	// IAM reference_policies_elements_condition_operators: a home directory, pages, addresses, absent keys, IfExists.
	"home":   `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::BUCKET-NAME","Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}}},{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::BUCKET-NAME/home/${aws:username}","arn:aws:s3:::BUCKET-NAME/home/${aws:username}/*"]}]}`,
	"max":    `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::example_bucket","Condition":{"NumericLessThanEquals":{"s3:max-keys":"10"}}}}`,
	"ip":     `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"someservice:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}}}}`,
	"null":   `{"Version":"2012-10-17","Statement":{"Action":"ec2:*","Effect":"Allow","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}}}`,
	"exists": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*","Condition":{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}}}`,
	// IAM reference_policies_condition_examples-multi-valued-context-keys.
	"restricted": `{"Version":"2012-10-17","Statement":[{"Sid":"DenyRestrictedTags","Effect":"Deny","Action":["iam:Tag*","iam:UnTag*"],"Resource":["*"],"Condition":{"Null":{"aws:TagKeys":"false"},"ForAllValues:StringLike":{"aws:TagKeys":["key1*","key2*","key3*"]}}}]}`,
	// IAM access-analyzer-reference-policy-checks, missing quote: a default.
	"default": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::DOC-EXAMPLE-BUCKET-${aws:PrincipalTag/team, 'company-wide'}"}}`,
}

func allow(rest string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*",` + rest + `}}`
}

func deny(rest string) string { return strings.Replace(allow(rest), "Allow", "Deny", 1) }

const (
	unsaid  = ownsight.Unsaid
	allowed = ownsight.Allow
	denied  = ownsight.Deny

	modelARN = "arn:aws:rekognition:eu-west-1:111122223333:project/MyProject/version/MyVersion/1650000000000"
)

// context makes condition keys of pairs; a key that comes again has several values.
func context(pairs ...string) map[string][]string {
	c := map[string][]string{}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i]] = append(c[pairs[i]], pairs[i+1])
	}
	return c
}

type row struct {
	documents        string // names of published ones, or one document
	action, resource string
	context          []string
	want             ownsight.Decision
}

func (r row) request() Request { return Request{r.action, r.resource, context(r.context...)} }

func documents(names string) (list []string) {
	if strings.HasPrefix(names, "{") || names == "" {
		return []string{names}
	}
	for n := range strings.FieldsSeq(names) {
		list = append(list, published[n])
	}
	return list
}

func TestIdentityPoliciesThatAWSPublishes(t *testing.T) {
	const project = "arn:aws:rekognition:eu-west-1:111122223333:project/"
	const instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-1"
	team := []string{"aws:ResourceTag/access-project", "peg", "aws:ResourceTag/access-team", "eng", "aws:PrincipalTag/access-project", "peg", "aws:PrincipalTag/access-team", "eng"}
	and := func(pairs ...string) []string { return append(append([]string{}, team...), pairs...) }
	rows := []row{
		{"projects", "rekognition:DescribeProjects", "*", nil, allowed},
		{"projects", "rekognition:DetectCustomLabels", modelARN, nil, allowed},
		{"projects", "Rekognition:detectcustomlabels", modelARN, nil, allowed},
		{"projects", "rekognition:DetectCustomLabels", project + "MyProject/version/Other/1650000000000", nil, unsaid},
		{"projects", "rekognition:DetectCustomLabels", strings.ToLower(modelARN), nil, unsaid},
		{"projects", "rekognition:DeleteProjectVersion", modelARN, nil, unsaid},
		{"projects", "rekognition:CreateProject", project + "MyProject/1650000000000", nil, allowed},
		{"projects", "rekognition:CreateProject", project + "SampleProject/1650000000000", nil, denied},
		{"projects full", "rekognition:CreateProject", project + "SampleProject/1650000000000", nil, denied},
		{"full projects", "rekognition:CreateProject", project + "SampleProject/1650000000000", nil, denied},
		{"full", "rekognition:CreateProject", project + "SampleProject/1650000000000", nil, allowed},
		{"full", "s3:PutObject", "arn:aws:s3:::my-custom-labels-bucket/a.jpg", nil, allowed},
		{"full", "s3:PutObject", "arn:aws:s3:::other/a.jpg", nil, unsaid},
		{"full", "s3:DeleteObject", "arn:aws:s3:::custom-labels/a.jpg", nil, unsaid},
		{"detect", "rekognition:DetectCustomLabels", modelARN, nil, allowed},
		{"detect", "rekognition:DescribeProjects", "*", nil, unsaid},

		{"tags", "rekognition:StartProjectVersion", modelARN, team, allowed},
		{"tags", "rekognition:StartProjectVersion", modelARN, team[:4], unsaid},
		{"tags", "rekognition:StartProjectVersion", modelARN, append([]string{"aws:ResourceTag/access-project", "uni"}, team[2:]...), unsaid},
		{"tags", "rekognition:DescribeDataset", modelARN, append([]string{"aws:ResourceTag/access-project", "uni"}, team[2:]...), allowed},
		{"tags", "rekognition:DescribeDataset", modelARN, append([]string{"aws:ResourceTag/access-team", "uni"}, team[4:]...), unsaid},
		{"tags", "rekognition:DescribeProjects", "*", nil, allowed},
		{"tags", "rekognition:TagResource", modelARN, and("aws:TagKeys", "Name", "aws:TagKeys", "OwnedBy"), allowed},
		{"tags", "rekognition:TagResource", modelARN, and("aws:TagKeys", "Name", "aws:TagKeys", "Price"), unsaid},
		{"tags", "rekognition:TagResource", modelARN, and("aws:TagKeys", "access-team", "aws:RequestTag/access-team", "eng"), allowed},
		{"tags", "rekognition:TagResource", modelARN, and("aws:TagKeys", "access-team", "aws:RequestTag/access-team", "qa"), unsaid},
		{"tags", "rekognition:UntagResource", modelARN, and("aws:TagKeys", "Name"), allowed},
		{"tags", "rekognition:UntagResource", modelARN, and("aws:TagKeys", "Name", "aws:TagKeys", "access-team"), denied},
		{"tags", "rekognition:PutProjectPolicy", modelARN, team, denied},
		{"tags", "rekognition:ListProjectPolicies", modelARN, team, allowed},

		{"owner", "ec2:StopInstances", instance, []string{"aws:ResourceTag/Owner", "ann", "aws:username", "ann"}, allowed},
		{"owner", "ec2:StopInstances", instance, []string{"AWS:RESOURCETAG/OWNER", "ann", "AWS:UserName", "ann"}, allowed},
		{"owner", "ec2:StopInstances", instance, []string{"aws:ResourceTag/Owner", "Ann", "aws:username", "ann"}, unsaid},
		{"owner", "ec2:StopInstances", instance, []string{"aws:username", "ann"}, unsaid},
		{"owner", "ec2:DescribeInstances", "*", nil, allowed},
		{"tagged", "ec2:CreateTags", instance, []string{"aws:TagKeys", "environment", "aws:RequestTag/environment", "production"}, allowed},
		{"tagged", "ec2:CreateTags", instance, []string{"aws:TagKeys", "environment", "aws:TagKeys", "x", "aws:RequestTag/environment", "production"}, unsaid},
		{"tagged", "ec2:CreateTags", instance, []string{"aws:TagKeys", "environment", "aws:RequestTag/environment", "dev"}, unsaid},
		{"queue", "sqs:DeleteQueue", "arn:aws:sqs:us-east-2::yellow-queue", []string{"aws:PrincipalTag/team", "yellow"}, allowed},
		{"queue", "sqs:DeleteQueue", "arn:aws:sqs:us-east-2::yellow-queue", []string{"aws:PrincipalTag/team", "*"}, unsaid},
		{"queue", "sqs:DeleteQueue", "arn:aws:sqs:us-east-2::yellow-queue", nil, unsaid},

		{"carlos", "s3:ListAllMyBuckets", "arn:aws:s3:::any", nil, allowed},
		{"carlos", "s3:PutObject", "arn:aws:s3:::carlossalazar/a/b/c.jpg", nil, allowed},
		{"carlos", "s3:PutObject", "arn:aws:s3:::carlossalazar/logs/x", nil, denied},
		{"carlos", "s3:PutObject", "arn:aws:s3:::other/x", nil, unsaid},
		{"not-iam deny-ip", "s3:GetObject", "arn:aws:s3:::b/k", []string{"aws:SourceIp", "192.0.2.9", "aws:ViaAWSService", "false"}, allowed},
		{"not-iam deny-ip", "s3:GetObject", "arn:aws:s3:::b/k", []string{"aws:SourceIp", "198.51.100.9", "aws:ViaAWSService", "false"}, denied},
		{"not-iam deny-ip", "s3:GetObject", "arn:aws:s3:::b/k", []string{"aws:SourceIp", "198.51.100.9", "aws:ViaAWSService", "true"}, allowed},
		{"not-iam deny-ip", "s3:GetObject", "arn:aws:s3:::b/k", []string{"aws:SourceIp", "198.51.100.9"}, allowed},
		{"dates", "service-prefix:action-name", "*", []string{"aws:CurrentTime", "2020-05-01T12:00:00Z"}, allowed},
		{"dates", "service-prefix:action-name", "*", []string{"aws:CurrentTime", "2020-07-01T00:00:00Z"}, unsaid},
		{"dates", "service-prefix:action-name", "*", []string{"aws:CurrentTime", "1588334400"}, allowed},
		{"not-iam mfa", "s3:GetObject", "arn:aws:s3:::b/k", []string{"aws:MultiFactorAuthPresent", "true"}, allowed},
		{"not-iam mfa", "s3:GetObject", "arn:aws:s3:::b/k", nil, denied},
		{"mfa", "iam:ListUsers", "*", nil, unsaid},
		{"not-iam", "iam:ListUsers", "*", nil, unsaid},
		{"not-iam payroll", "s3:GetObject", "arn:aws:s3:::HRBucket/Payroll/May", nil, allowed},
		{"not-iam payroll", "s3:GetObject", "arn:aws:s3:::HRBucket/Bonus/May", nil, denied},
		{"home", "s3:ListBucket", "arn:aws:s3:::BUCKET-NAME", []string{"aws:username", "ann", "s3:prefix", "home/ann/"}, allowed},
		{"home", "s3:ListBucket", "arn:aws:s3:::BUCKET-NAME", []string{"aws:username", "ann", "s3:prefix", ""}, allowed},
		{"home", "s3:ListBucket", "arn:aws:s3:::BUCKET-NAME", []string{"aws:username", "ann", "s3:prefix", "home/bob/"}, unsaid},
		{"home", "s3:GetObject", "arn:aws:s3:::BUCKET-NAME/home/ann/x/y", []string{"aws:username", "ann"}, allowed},
		{"max", "s3:ListBucket", "arn:aws:s3:::example_bucket", []string{"s3:max-keys", "10"}, allowed},
		{"max", "s3:ListBucket", "arn:aws:s3:::example_bucket", []string{"s3:max-keys", "9.5"}, allowed},
		{"max", "s3:ListBucket", "arn:aws:s3:::example_bucket", []string{"s3:max-keys", "11"}, unsaid},
		{"max", "s3:ListBucket", "arn:aws:s3:::example_bucket", nil, unsaid},
		{"ip", "someservice:x", "*", []string{"aws:SourceIp", "2001:db8:1234:5678::9"}, allowed},
		{"ip", "someservice:x", "*", []string{"aws:SourceIp", "2001:db8:1234:5679::9"}, unsaid},
		{"ip", "someservice:x", "*", []string{"aws:SourceIp", ""}, unsaid},
		{"null", "ec2:Any", "*", nil, allowed},
		{"null", "ec2:Any", "*", []string{"aws:TokenIssueTime", "2026-01-01T00:00:00Z"}, unsaid},
		{"exists", "ec2:RunInstances", "*", nil, allowed},
		{"exists", "ec2:RunInstances", "*", []string{"ec2:InstanceType", "t2.micro"}, allowed},
		{"exists", "ec2:RunInstances", "*", []string{"ec2:InstanceType", "p5.big"}, unsaid},
		{"restricted", "iam:TagUser", "*", []string{"aws:TagKeys", "key1a", "aws:TagKeys", "key2"}, denied},
		{"restricted", "iam:TagUser", "*", []string{"aws:TagKeys", "key1a", "aws:TagKeys", "other"}, unsaid},
		{"restricted", "iam:TagUser", "*", nil, unsaid},
		{"default", "s3:GetObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET-yellow", []string{"aws:PrincipalTag/team", "yellow"}, allowed},
		{"default", "s3:GetObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET-company-wide", nil, allowed},
		{"default", "s3:GetObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET-company-wide", []string{"aws:PrincipalTag/team", "yellow"}, unsaid},
	}
	for _, d := range published {
		require.NoError(t, CheckIdentity(d))
	}
	judge(t, rows)
}

func judge(t *testing.T, rows []row) {
	t.Helper()
	for i, r := range rows {
		for range 2 { // read anew, and remembered
			require.Equal(t, r.want, Identity(documents(r.documents), r.request()), "row %d: %+v", i, r)
		}
	}
}

func TestWhatTheEvaluatorLeavesOpen(t *testing.T) {
	variable := `{"Version":"VERSION","Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:a:::x/${aws:username}"}}`
	v2012, v2008 := strings.Replace(variable, "VERSION", "2012-10-17", 1), strings.Replace(variable, "VERSION", "2008-10-17", 1)
	not := `"Condition":{"StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`
	outside := func(effect string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Action":"a:b","NotResource":"arn:aws:a:::${aws:username}/*"}}`
	}
	anyNot := `"Condition":{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}}`
	judge(t, []row{
		{v2012, "a:b", "arn:aws:a:::x/ann", []string{"aws:username", "ann"}, allowed},
		{v2008, "a:b", "arn:aws:a:::x/ann", []string{"aws:username", "ann"}, unsaid},
		{v2008, "a:b", "arn:aws:a:::x/${aws:username}", nil, allowed},
		{v2012, "a:b", "arn:aws:a:::x/${aws:username}", nil, unsaid},
		{v2012, "a:b", "arn:aws:a:::x/ann", []string{"aws:username", "a*"}, unsaid},
		{v2012, "a:b", "arn:aws:a:::x/a*", []string{"aws:username", "a*"}, allowed},
		{v2012, "a:b", "arn:aws:a:::x/ann", []string{"aws:username", "ann", "aws:username", "bob"}, unsaid},
		{v2012, "a:b", "arn:aws:a:::x/${aws:userid}", []string{"aws:username", "${aws:userid}", "aws:userid", "7"}, allowed},

		{allow(`"Condition":{"StringLike":{"s3:prefix":"a${*}b${?}${$}*"}}`), "a:b", "*", []string{"s3:prefix", "a*b?$c"}, allowed},
		{allow(`"Condition":{"StringLike":{"s3:prefix":"a${*}b${?}${$}*"}}`), "a:b", "*", []string{"s3:prefix", "axbx$c"}, unsaid},
		{allow(`"Condition":{"StringEquals":{"s3:prefix":"a*?"}}`), "a:b", "*", []string{"s3:prefix", "a*?"}, allowed},
		{allow(`"Condition":{"StringEquals":{"s3:prefix":"a*"}}`), "a:b", "*", []string{"s3:prefix", "ab"}, unsaid},
		{allow(`"Condition":{"StringEquals":{"aws:ResourceTag/cost centre":"${aws:username, 'no one}'}"}}`), "a:b", "*", []string{"aws:ResourceTag/Cost Centre", "no one}"}, allowed},

		{allow(not), "a:b", "*", []string{"aws:ResourceTag/team", "x", "aws:PrincipalTag/team", "y"}, allowed},
		{allow(not), "a:b", "*", []string{"aws:ResourceTag/team", "x"}, unsaid},
		{deny(not), "a:b", "*", []string{"aws:ResourceTag/team", "x"}, denied},
		{outside("Allow"), "a:b", "arn:aws:a:::ann/1", []string{"aws:username", "ann"}, unsaid},
		{outside("Allow"), "a:b", "arn:aws:a:::bob/1", []string{"aws:username", "ann"}, allowed},
		{outside("Allow"), "a:b", "arn:aws:a:::bob/1", nil, unsaid},
		{outside("Deny"), "a:b", "arn:aws:a:::bob/1", nil, denied},

		{deny(anyNot), "a:b", "*", nil, unsaid},
		{deny(anyNot), "a:b", "*", []string{"aws:TagKeys", "a"}, unsaid},
		{deny(anyNot), "a:b", "*", []string{"aws:TagKeys", "a", "aws:tagkeys", "c"}, denied},
		{deny(strings.Replace(anyNot, `Equals"`, `EqualsIfExists"`, 1)), "a:b", "*", nil, denied},
		{deny(`"Condition":{"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}}`), "a:b", "*", nil, denied},
		{deny(`"Condition":{"StringNotEquals":{"aws:TagKeys":"a"}}`), "a:b", "*", nil, denied},
		{allow(`"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`), "a:b", "*", nil, unsaid},

		{allow(`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-01-31"}}`), "a:b", "*", []string{"aws:CurrentTime", "2026-01-30T23:59:59Z"}, allowed},
		{deny(`"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-31T12:00+01:00"}}`), "a:b", "*", []string{"aws:CurrentTime", "2026-01-31T11:00:01Z"}, denied},
		{allow(`"Condition":{"DateGreaterThan":{"aws:EpochTime":"2026-01"}}`), "a:b", "*", []string{"aws:EpochTime", "1767225601"}, allowed},
		{allow(`"Condition":{"NumericGreaterThan":{"a:n":1.5},"Bool":{"a:t":true}}`), "a:b", "*", []string{"a:n", "2", "a:t", "true"}, allowed},
		{allow(`"Condition":{"Bool":{"aws:SecureTransport":"TRUE"}}`), "a:b", "*", []string{"aws:SecureTransport", "true"}, allowed},
		{allow(`"Condition":{"Null":{"aws:TagKeys":false}}`), "a:b", "*", []string{"aws:TagKeys", "a"}, allowed},
		{allow(`"Condition":{"BinaryEquals":{"a:k":"QUI="}}`), "a:b", "*", []string{"a:k", "QUI="}, allowed},
		{allow(`"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}`), "a:b", "*", []string{"aws:SourceIp", "203.0.113.7"}, allowed},
		{allow(`"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a?n"}}`), "a:b", "*", []string{"aws:PrincipalArn", "arn:aws:iam::111122223333:user/ann"}, allowed},
		{allow(`"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`), "a:b", "*", []string{"aws:PrincipalArn", "arn:aws:iam::111122223333:root"}, allowed},
		{allow(`"Condition":{"StringEqualsIgnoreCase":{"aws:username":"JohnDoe"},"StringNotEqualsIgnoreCase":{"aws:username":"bob"}}`), "a:b", "*", []string{"aws:username", "johndoe"}, allowed},
		{allow(`"Condition":{}`), "a:b", "*", nil, allowed},
		{allow(`"Condition":{"StringEquals":{"a:b":[]}}`), "a:b", "*", []string{"a:b", "x"}, unsaid},

		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":["arn:*:a:::x","arn:aws*:a:::y?"]}}`, "a:b", "arn:aws:a:::x", nil, allowed},
		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":["arn:*:a:::x","arn:aws*:a:::y?"]}}`, "a:b", "arn:aws:a:::yy", nil, allowed},
		{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:a:us-*:1*:x"}}`, "a:b", "*", nil, unsaid},
		{`{"Statement":{"Effect":"Allow","Action":["x:y","A:?"],"Resource":"*"}}`, "a:b", "*", nil, allowed},

		{"", "a:b", "*", nil, denied},
		{`{"Statement":{"Effect":"Allow","effect":"Deny","Action":"a:b","Resource":"*"}}`, "a:b", "*", nil, denied},
	})
	require.Equal(t, unsaid, Identity(nil, Request{Action: "a:b", Resource: "*"}))
	require.Equal(t, unsaid, Identity([]string{deny(anyNot)}, Request{"a:b", "*", map[string][]string{"aws:TagKeys": {}}}), "no values, no key")
}

func TestAPolicyIsBounded(t *testing.T) {
	wide := func(n int) string {
		return `{"Statement":{"Effect":"Allow","Action":"a:` + strings.Repeat("b", n) + `","Resource":"*"}}`
	}
	n := maxIdentity - len(wide(0))
	require.NoError(t, CheckIdentity(wide(n)+strings.Repeat(" \n", 10000)), "white space is not counted")
	require.ErrorContains(t, CheckIdentity(wide(n+1)), "has 6145 characters, not counting white space; at most 6144")
	require.ErrorContains(t, CheckIdentity(wide(n)+strings.Repeat(" ", maxBytes)), "at most 131072 are read")
	require.ErrorContains(t, CheckProject(strings.Repeat("[", maxBytes)), "must be a JSON object")
	require.ErrorContains(t, CheckProject(`{"Version":`+strings.Repeat("[", maxBytes-20)), "is not JSON")
	require.ErrorContains(t, CheckIdentity(allow(`"Condition":`+strings.Repeat(`{"a":`, 1000)+"1"+strings.Repeat("}", 1000))), "not a condition operator")
}

func TestOnlySoManyDocumentsAreRemembered(t *testing.T) {
	var c cache
	for i := range maxRemembered + 10 {
		_, err := c.parse(allow(`"Sid":"`+strings.Repeat("a", i)+`"`), identity)
		require.NoError(t, err)
	}
	require.Len(t, c.parsed, maxRemembered)
	_, err := c.parse(allow(`"Sid":"long"`)+strings.Repeat(" ", maxRememberedSize), identity)
	require.NoError(t, err)
	require.Len(t, c.parsed, maxRemembered)
}

func TestManyMayAskAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				document := allow(`"Sid":"at` + strings.Repeat("once", (i+j)%10) + `"`)
				assert.Equal(t, allowed, Identity([]string{document}, Request{Action: "a:b", Resource: "*"}))
			}
		})
	}
	wg.Wait()
}
