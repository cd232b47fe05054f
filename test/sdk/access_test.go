package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/rekognition"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// lab is the other account.
const lab = "444455556666"

// caller is a kind of caller: who signs, and for the resources of which project.
type caller struct {
	name    string
	profile func(operation string) string
	shared  bool // asks for the project whose policy lets the other account copy
	change  func(*wire)
	send    func(*http.Request)
	expect  func(operation string) string // "" where the right is there
}

// callers are the columns of the table.
func callers() []caller {
	always := func(s string) func(string) string { return func(string) string { return s } }
	denied := always("AccessDeniedException")
	// Without a resource of another account in the request the caller is in its own.
	stranger := func(copying string) func(string) string {
		return func(operation string) string {
			switch operation {
			case "CreateProject", "DescribeProjects":
				return ""
			case "CopyProjectVersion":
				return copying
			}
			return "AccessDeniedException"
		}
	}
	return []caller{
		{name: "root", profile: always("default"), expect: always("")},
		{name: "user with this right alone", profile: func(operation string) string { return "with-" + operation }, expect: always("")},
		{name: "user with another right", profile: func(operation string) string { return "with-" + next(operation) }, expect: denied},
		{name: "user with no policy", profile: always("none"), expect: denied},
		{name: "user with an Allow and a Deny", profile: always("denied"), expect: denied},
		{name: "other account", profile: always("lab"), expect: stranger("AccessDeniedException")},
		{name: "other account, project policy", profile: always("lab"), shared: true, expect: stranger("")},
		{name: "its user with the right, project policy", profile: always("lab-able"), shared: true, expect: stranger("")},
		{name: "its user without, project policy", profile: always("lab-none"), shared: true, expect: denied},
		{name: "anonymous", profile: always("default"), send: func(r *http.Request) { r.Header.Del("Authorization") }, expect: always("MissingAuthenticationTokenException")},
		{name: "expired signature", profile: always("default"), change: func(w *wire) { w.at = w.at.Add(-time.Hour) }, expect: always("InvalidSignatureException")},
		{name: "expired key", profile: always("expired"), expect: always("ExpiredTokenException")},
		{name: "wrong region", profile: always("default"), change: func(w *wire) { w.region = "eu-west-1" }, expect: func(operation string) string {
			if operation == "CreateProject" || operation == "DescribeProjects" {
				return ""
			}
			return "ResourceNotFoundException"
		}},
	}
}

// operations are those of the model, in its order.
func operations() (names []string) {
	for _, o := range rekognition.Model.Operations {
		names = append(names, o.Name)
	}
	return names
}

func next(operation string) string {
	all := operations()
	return all[(slices.Index(all, operation)+1)%len(all)]
}

// TestAccess tries every operation as every kind of caller, and holds the table of docs/access.md against what came out.
// UPDATE=1 writes the table.
func TestAccess(t *testing.T) {
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "pictures")
	w := world{closed: *c.Project(t, "closed"), shared: *c.Project(t, "shared")}
	enroll(t, s)
	root := connect(t, s, "default")
	w.theirs = field(t, connect(t, s, "lab").call(t, "CreateProject", js(members{"ProjectName": "theirs"})), "ProjectArn")
	root.call(t, "PutProjectPolicy", js(members{"ProjectArn": w.shared, "PolicyName": "lab", "PolicyDocument": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + lab + `:root"},"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`})).accepted(t)
	for _, project := range []string{w.closed, w.shared} {
		for _, kind := range []string{"TRAIN", "TEST"} {
			arn := field(t, root.call(t, "CreateDataset", js(members{"ProjectArn": project, "DatasetType": kind})), "DatasetArn")
			server.Eventually(t, server.Patience, "the dataset", func(context.Context) bool {
				return strings.Contains(string(root.call(t, "DescribeDataset", js(members{"DatasetArn": arn})).body), "CREATE_COMPLETE")
			})
			w.datasets = append(w.datasets, arn)
		}
	}
	rows := []string{"| operation |", "|---|"}
	for _, who := range callers() {
		rows[0] += " " + who.name + " |"
		rows[1] += "---|"
	}
	for i, operation := range operations() {
		row := "| " + operation + " |"
		for j, who := range callers() {
			signer := connect(t, s, who.profile(operation))
			if who.change != nil {
				who.change(&signer)
			}
			var change []func(*http.Request)
			if who.send != nil {
				change = append(change, who.send)
			}
			body, allowed := w.request(operation, fmt.Sprintf("p-%d-%d", i, j), who)
			a := signer.call(t, operation, js(body), change...)
			row += " " + judge(t, operation, who, a, allowed) + " |"
		}
		rows = append(rows, row)
	}
	inDocs(t, "docs/access.md", strings.Join(rows, "\n"))
}

// judge compares an answer with what the caller is due, and gives the word of the table for it.
func judge(t *testing.T, operation string, who caller, a answer, allowed []string) string {
	t.Helper()
	due := who.expect(operation)
	switch due {
	case "":
		require.Contains(t, allowed, a.Code, "%s as %s: %s", operation, who.name, a.body)
		require.NotContains(t, a.Message, "signed for", "%s as %s", operation, who.name)
		return "yes"
	case "ResourceNotFoundException":
		a.refused(t, due, "signed for eu-west-1")
		return "not found"
	}
	require.Equal(t, due, a.Code, "%s as %s: %s", operation, who.name, a.body)
	if due == "AccessDeniedException" {
		a.refused(t, due, "is not authorized to perform: rekognition:"+operation)
		return "no"
	}
	a.refused(t, due)
	return strings.TrimSuffix(due, "Exception")
}

// world is what the requests are about.
type world struct {
	closed, shared, theirs string   // ARNs of projects
	datasets               []string // closed TRAIN, closed TEST, shared TRAIN, shared TEST
}

// request is one that changes nothing that others need, and the outcomes that show that it was let through.
func (w world) request(operation, fresh string, who caller) (members, []string) {
	project, set := w.closed, w.datasets[0]
	if who.shared {
		project, set = w.shared, w.datasets[2]
	}
	base := project[:strings.LastIndex(project, "/")]
	version := base + "/version/none/1"
	const ok, missing = "", "ResourceNotFoundException"
	switch operation {
	case "CreateProject":
		return members{"ProjectName": fresh}, []string{ok}
	case "DescribeProjects":
		return members{}, []string{ok}
	case "DeleteProject":
		return members{"ProjectArn": project}, []string{"ResourceInUseException"}
	case "CreateDataset":
		return members{"ProjectArn": project, "DatasetType": "TEST"}, []string{"ResourceAlreadyExistsException"}
	case "DescribeDataset", "ListDatasetEntries", "ListDatasetLabels":
		return members{"DatasetArn": set}, []string{ok}
	case "UpdateDatasetEntries":
		return members{"DatasetArn": base + "/dataset/train/1", "Changes": members{"GroundTruth": []byte("{}")}}, []string{missing}
	case "DistributeDatasetEntries":
		return members{"Datasets": []members{{"Arn": set}, {"Arn": base + "/dataset/test/1"}}}, []string{missing}
	case "DeleteDataset":
		return members{"DatasetArn": base + "/dataset/train/1"}, []string{missing}
	case "CreateProjectVersion":
		return members{"ProjectArn": base + "/1", "VersionName": "v", "OutputConfig": members{"S3Bucket": "pictures"}}, []string{missing}
	case "DescribeProjectVersions", "ListProjectPolicies":
		return members{"ProjectArn": project}, []string{ok}
	case "StartProjectVersion":
		return members{"ProjectVersionArn": version, "MinInferenceUnits": 1}, []string{missing}
	case "StopProjectVersion", "DeleteProjectVersion":
		return members{"ProjectVersionArn": version}, []string{missing}
	case "CopyProjectVersion":
		destination := project
		if strings.Contains(who.name, "other") || strings.Contains(who.name, "its user") {
			destination = w.theirs
		}
		return members{"SourceProjectArn": project, "SourceProjectVersionArn": version, "DestinationProjectArn": destination,
			"VersionName": "v", "OutputConfig": members{"S3Bucket": "pictures"}}, []string{missing}
	case "PutProjectPolicy":
		return members{"ProjectArn": project, "PolicyName": "none", "PolicyRevisionId": "00", "PolicyDocument": `{"Version":"2012-10-17","Statement":
			{"Effect":"Deny","Principal":"*","Action":"rekognition:CopyProjectVersion","Resource":"*"}}`}, []string{"InvalidPolicyRevisionIdException"}
	case "DeleteProjectPolicy":
		return members{"ProjectArn": project, "PolicyName": "none"}, []string{missing}
	case "DetectCustomLabels":
		return members{"ProjectVersionArn": version, "Image": members{"Bytes": []byte("x")}}, []string{missing}
	case "TagResource":
		return members{"ResourceArn": project, "Tags": members{"a": "b"}}, []string{ok}
	case "UntagResource":
		return members{"ResourceArn": project, "TagKeys": []string{"a"}}, []string{ok}
	case "ListTagsForResource":
		return members{"ResourceArn": project}, []string{ok}
	}
	panic("no request for " + operation)
}

// enroll makes the users and keys of the table through the program, as an operator does.
func enroll(t *testing.T, s *server.Server) {
	t.Helper()
	run := func(args ...string) {
		code, _, problems := s.Program(t, append(args, "--data", s.Dir)...)
		require.Zero(t, code, "%v: %s", args, problems)
	}
	run("account", "create", lab, "--profile", "lab")
	user := func(account, name, profile, document string) {
		run("user", "create", name, "--account", account)
		if document != "" {
			file := filepath.Join(t.TempDir(), "policy.json")
			require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
			run("user", "policy", "put", name, "table", file, "--account", account)
		}
		run("user", "key", "create", name, "--account", account, "--profile", profile)
	}
	allow := func(action string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rekognition:` + action + `","Resource":"*"}]}`
	}
	for _, operation := range operations() {
		user("111122223333", "with-"+operation, "with-"+operation, allow(operation))
	}
	user("111122223333", "none", "none", "")
	user("111122223333", "denied", "denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"rekognition:*","Resource":"*"}]}`)
	user(lab, "able", "lab-able", allow("*"))
	user(lab, "none", "lab-none", "")
	run("user", "key", "create", "none", "--profile", "expired", "--expires", "1ms")
}

func field(t *testing.T, a answer, name string) string {
	t.Helper()
	a.accepted(t)
	var all map[string]any
	require.NoError(t, json.Unmarshal(a.body, &all))
	return all[name].(string)
}

// inDocs holds a generated table against the one in a document, between its markers.
func inDocs(t *testing.T, file, table string) {
	t.Helper()
	path := filepath.Join("..", "..", file)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- generated by test/sdk TestAccess -->\n", "\n<!-- end -->"
	before, rest, found := strings.Cut(string(b), begin)
	require.True(t, found, "%s has no marker", file)
	old, after, found := strings.Cut(rest, end)
	require.True(t, found, "%s has no end marker", file)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+table+end+after), 0o644))
		return
	}
	require.Equal(t, old, table, "%s is out of date: UPDATE=1 go test ./test/sdk -run TestAccess writes it", file)
}
