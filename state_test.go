package ownsight

import (
	"slices"
	"testing"
)

// Every pair of states of the three lifecycles is asked about: what is not in the tables is refused.

func TestProjectMoves(t *testing.T) {
	walk(t, ProjectStatus.CanMove, []ProjectStatus{ProjectCreating, ProjectCreated, ProjectDeleting}, [][2]ProjectStatus{
		{ProjectCreating, ProjectCreated},
		{ProjectCreating, ProjectDeleting},
		{ProjectCreated, ProjectDeleting},
	})
}

func TestDatasetMoves(t *testing.T) {
	all := []DatasetStatus{DatasetCreating, DatasetCreated, DatasetCreateFailed, DatasetUpdating, DatasetUpdated, DatasetUpdateFailed, DatasetDeleting}
	walk(t, DatasetStatus.CanMove, all, [][2]DatasetStatus{
		{DatasetCreating, DatasetCreated},
		{DatasetCreating, DatasetCreateFailed},
		{DatasetCreated, DatasetUpdating},
		{DatasetCreated, DatasetDeleting},
		{DatasetCreateFailed, DatasetDeleting},
		{DatasetUpdating, DatasetUpdated},
		{DatasetUpdating, DatasetUpdateFailed},
		{DatasetUpdated, DatasetUpdating},
		{DatasetUpdated, DatasetDeleting},
		{DatasetUpdateFailed, DatasetUpdating},
		{DatasetUpdateFailed, DatasetDeleting},
	})
	for _, s := range all {
		if busy := slices.Contains([]DatasetStatus{DatasetCreating, DatasetUpdating, DatasetDeleting}, s); s.Settled() == busy {
			t.Errorf("%s: settled is %t", s, s.Settled())
		}
	}
}

func TestVersionMoves(t *testing.T) {
	all := []VersionStatus{
		VersionTraining, VersionTrained, VersionTrainingFailed, VersionStarting, VersionRunning, VersionFailed,
		VersionStopping, VersionStopped, VersionDeleting, VersionCopying, VersionCopied, VersionCopyFailed,
	}
	walk(t, VersionStatus.CanMove, all, [][2]VersionStatus{
		{VersionTraining, VersionTrained},
		{VersionTraining, VersionTrainingFailed},
		{VersionTrained, VersionStarting},
		{VersionTrained, VersionDeleting},
		{VersionTrainingFailed, VersionDeleting},
		{VersionStarting, VersionRunning},
		{VersionStarting, VersionFailed},
		{VersionRunning, VersionStopping},
		{VersionRunning, VersionFailed},
		{VersionFailed, VersionStarting},
		{VersionFailed, VersionDeleting},
		{VersionStopping, VersionStopped},
		{VersionStopped, VersionStarting},
		{VersionStopped, VersionDeleting},
		{VersionCopying, VersionCopied},
		{VersionCopying, VersionCopyFailed},
		{VersionCopied, VersionStarting},
		{VersionCopied, VersionDeleting},
		{VersionCopyFailed, VersionDeleting},
	})
}

// walk asks about every pair of states, and about one that does not exist.
func walk[S ~string](t *testing.T, canMove func(S, S) bool, all []S, allowed [][2]S) {
	t.Helper()
	states := append(slices.Clone(all), "", "NO_SUCH_STATE")
	found := 0
	for _, from := range states {
		for _, to := range states {
			want := slices.Contains(allowed, [2]S{from, to})
			if canMove(from, to) != want {
				t.Errorf("from %s to %s: allowed is %t", from, to, !want)
			}
			if want {
				found++
			}
		}
	}
	if found != len(allowed) {
		t.Errorf("the table has %d moves, %d of them between known states", len(allowed), found)
	}
}
