package dataset

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// TestEveryOperationInEveryState asks for everything in each state that a dataset can be in. Nothing works meanwhile, so
// a dataset stays in the state that it is put in.
func TestEveryOperationInEveryState(t *testing.T) {
	const (
		inUse, notReady = ownsight.InUse, ownsight.NotReady
		invalid, there  = ownsight.InvalidParameter, ownsight.AlreadyExists
		ok              = ownsight.Code("")
	)
	operations := []string{"describe", "entries", "labels", "update", "delete", "distribute from", "distribute to", "copy", "create"}
	answers := map[ownsight.DatasetStatus][]ownsight.Code{
		//                             describe entries  labels    update delete from      to        copy     create
		ownsight.DatasetCreating:     {ok, notReady, notReady, inUse, inUse, notReady, notReady, invalid, there},
		ownsight.DatasetCreated:      {ok, ok, ok, ok, ok, ok, ok, ok, there},
		ownsight.DatasetCreateFailed: {ok, ok, ok, inUse, ok, invalid, invalid, invalid, there},
		ownsight.DatasetUpdating:     {ok, inUse, inUse, inUse, inUse, notReady, notReady, invalid, there},
		ownsight.DatasetUpdated:      {ok, ok, ok, ok, ok, ok, ok, ok, there},
		ownsight.DatasetUpdateFailed: {ok, ok, ok, ok, ok, ok, ok, ok, there},
		ownsight.DatasetDeleting:     {ok, inUse, inUse, inUse, inUse, notReady, notReady, invalid, there},
	}
	require.Len(t, answers, 7)
	f := newFixture(t)
	for status, want := range answers {
		for i, operation := range operations {
			t.Run(string(status)+"/"+operation, func(t *testing.T) {
				err := ask(t, f, string(status)+"-"+strings.ReplaceAll(operation, " ", "-"), operation, status)
				require.Equal(t, want[i], ownsight.CodeOf(err), "%v", err)
				if want[i] == ok {
					require.NoError(t, err)
				} else if want[i] != there {
					require.ErrorContains(t, err, string(status), "the answer says what is in the way")
				}
			})
		}
	}
}

// ask makes a project of a name with a dataset in a state and does one thing to it.
func ask(t *testing.T, f *fixture, name, operation string, status ownsight.DatasetStatus) error {
	ctx := t.Context()
	p := f.project(t, name)
	kind := ownsight.Train
	if operation == "distribute to" {
		kind = ownsight.Test
	}
	var content []byte
	if kind == ownsight.Train {
		content = lines(t, "bucket", "a", 5)
	}
	arn := f.put(t, p, kind, status, content)
	var err error
	switch operation {
	case "describe":
		_, err = f.Describe(ctx, arn)
	case "entries":
		_, _, err = f.Entries(ctx, arn, ownsight.EntryFilter{}, "", 1)
	case "labels":
		_, _, err = f.Labels(ctx, arn, "", 1)
	case "update":
		err = f.Update(ctx, arn, lines(t, "bucket", "b", 1))
	case "delete":
		err = f.Delete(ctx, arn)
	case "distribute from":
		err = f.Distribute(ctx, []ownsight.DatasetARN{arn, f.put(t, p, ownsight.Test, ownsight.DatasetCreated, nil)})
	case "distribute to":
		err = f.Distribute(ctx, []ownsight.DatasetARN{arn, f.put(t, p, ownsight.Train, ownsight.DatasetCreated, lines(t, "bucket", "a", 5))})
	case "copy":
		_, err = f.Create(ctx, f.project(t, name+"-copy"), ownsight.Test, Source{Dataset: &arn}, nil)
	case "create":
		_, err = f.Create(ctx, p, kind, Source{}, nil)
	}
	return err
}

// Jobs leave a dataset by moves that the lifecycle allows.
func TestEndingsAreMoves(t *testing.T) {
	for _, e := range []ending{created, createRefused, createFailed, updated, updateRefused, updateFailed} {
		require.True(t, e.from.CanMove(e.to), "%s to %s", e.from, e.to)
		require.False(t, e.from.Settled())
		require.True(t, e.to.Settled())
		require.NotEmpty(t, e.outcome)
	}
}
