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

	"ownsight/internal/awswire"
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

// callers are the columns of a table. In the middle are those of the other account, to which services differ; elsewhere is
// what comes of a request in a region that the resource is not in.
func callers(actions []string, strangers []caller, elsewhere func(operation string) string) []caller {
	denied := always("AccessDeniedException")
	return slices.Concat([]caller{
		{name: "root", profile: always("default"), expect: always("")},
		{name: "user with this right alone", profile: func(operation string) string { return "with-" + operation }, expect: always("")},
		{name: "user with another right", profile: func(operation string) string { return "with-" + next(actions, operation) }, expect: denied},
		{name: "user with no policy", profile: always("none"), expect: denied},
		{name: "user with an Allow and a Deny", profile: always("denied"), expect: denied},
	}, strangers, []caller{
		{name: "anonymous", profile: always("default"), send: func(r *http.Request) { r.Header.Del("Authorization") }, expect: always("MissingAuthenticationTokenException")},
		{name: "expired signature", profile: always("default"), change: func(w *wire) { w.at = w.at.Add(-time.Hour) }, expect: always("InvalidSignatureException")},
		{name: "expired key", profile: always("expired"), expect: always("ExpiredTokenException")},
		{name: "wrong region", profile: always("default"), change: func(w *wire) { w.region = "eu-west-1" }, expect: elsewhere},
	})
}

func always(s string) func(string) string { return func(string) string { return s } }

// modelStrangers are the columns of the other account in the table of Custom Labels.
func modelStrangers() []caller {
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
		{name: "other account", profile: always("lab"), expect: stranger("AccessDeniedException")},
		{name: "other account, project policy", profile: always("lab"), shared: true, expect: stranger("")},
		{name: "its user with the right, project policy", profile: always("lab-able"), shared: true, expect: stranger("")},
		{name: "its user without, project policy", profile: always("lab-none"), shared: true, expect: always("AccessDeniedException")},
	}
}

// accessTable has an operation in each row and a kind of caller in each column.
type accessTable struct {
	test       string // that writes it
	actions    []string
	callers    []caller
	connect    func(operation, profile string) wire
	request    func(operation, fresh string, who caller) (members, []string)
	notInReach []string // what a refusal says of a resource that is not in the caller's reach: one of these
}

// operationOf is what an action is the right to.
func operationOf(action string) string {
	_, name, _ := strings.Cut(action, ":")
	return name
}

// next is the operation after another one, in the order of the table.
func next(actions []string, operation string) string {
	i := slices.IndexFunc(actions, func(action string) bool { return operationOf(action) == operation })
	return operationOf(actions[(i+1)%len(actions)])
}

// try tries every cell and holds the table of docs/access.md against what came out. UPDATE=1 writes the table.
func (table accessTable) try(t *testing.T) {
	rows := []string{"| operation |", "|---|"}
	for _, who := range table.callers {
		rows[0] += " " + who.name + " |"
		rows[1] += "---|"
	}
	for i, action := range table.actions {
		row := "| " + operationOf(action) + " |"
		for j, who := range table.callers {
			signer := table.connect(operationOf(action), who.profile(operationOf(action)))
			if who.change != nil {
				who.change(&signer)
			}
			var change []func(*http.Request)
			if who.send != nil {
				change = append(change, who.send)
			}
			body, allowed := table.request(operationOf(action), fmt.Sprintf("p-%d-%d", i, j), who)
			a := signer.call(t, operationOf(action), js(body), change...)
			row += " " + table.judge(t, action, who, a, allowed) + " |"
		}
		rows = append(rows, row)
	}
	inDocs(t, "docs/access.md", table.test, strings.Join(rows, "\n"))
}

// judge compares an answer with what the caller is due, and gives the word of the table for it.
func (table accessTable) judge(t *testing.T, action string, who caller, a answer, allowed []string) string {
	t.Helper()
	outside := slices.ContainsFunc(table.notInReach, func(words string) bool { return strings.Contains(a.Message, words) })
	due := who.expect(operationOf(action))
	switch due {
	case "":
		require.Contains(t, allowed, a.Code, "%s as %s: %s", action, who.name, a.body)
		require.False(t, outside, "%s as %s: %s", action, who.name, a.body)
		return "yes"
	case "ResourceNotFoundException":
		a.refused(t, due)
		require.True(t, outside, "%s as %s: %s", action, who.name, a.body)
		return "not found"
	}
	require.Equal(t, due, a.Code, "%s as %s: %s", action, who.name, a.body)
	if due == "AccessDeniedException" {
		a.refused(t, due, "is not authorized to perform: "+action)
		return "no"
	}
	a.refused(t, due)
	return strings.TrimSuffix(due, "Exception")
}

// actionsOf are those of a model, in its order.
func actionsOf(prefix string, model *awswire.Model) (names []string) {
	for _, o := range model.Operations {
		names = append(names, prefix+":"+o.Name)
	}
	return names
}

// TestAccess tries every operation of Custom Labels as every kind of caller.
func TestAccess(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "pictures")
	w := world{closed: *c.Project(t, "closed"), shared: *c.Project(t, "shared")}
	actions := actionsOf("rekognition", &rekognition.Model)
	enroll(t, s, actions)
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
	accessTable{
		test: "TestAccess", actions: actions, request: w.request, notInReach: []string{"signed for eu-west-1"},
		connect: func(_, profile string) wire { return connect(t, s, profile) },
		callers: callers(actions, modelStrangers(), func(operation string) string {
			if operation == "CreateProject" || operation == "DescribeProjects" {
				return ""
			}
			return "ResourceNotFoundException"
		}),
	}.try(t)
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

// enroll makes the users and keys of a table through the program, as an operator does.
func enroll(t *testing.T, s *server.Server, actions []string) {
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
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
	}
	for _, action := range actions {
		name := "with-" + operationOf(action)
		user(account, name, name, allow(action))
	}
	user(account, "none", "none", "")
	user(account, "denied", "denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":["`+strings.Join(actions, `","`)+`"],"Resource":"*"}]}`)
	user(lab, "able", "lab-able", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["`+strings.Join(actions, `","`)+`"],"Resource":"*"}]}`)
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
func inDocs(t *testing.T, file, test, table string) {
	t.Helper()
	path := filepath.Join("..", "..", file)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	begin, end := "<!-- generated by test/sdk "+test+" -->\n", "\n<!-- end -->"
	before, rest, found := strings.Cut(string(b), begin)
	require.True(t, found, "%s has no marker", file)
	old, after, found := strings.Cut(rest, end)
	require.True(t, found, "%s has no end marker", file)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+table+end+after), 0o644))
		return
	}
	require.Equal(t, old, table, "%s is out of date: UPDATE=1 go test ./test/sdk -run %s writes it", file, test)
}
