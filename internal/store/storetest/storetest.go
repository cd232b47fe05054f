// Package storetest is what a store promises, as tests that run on every database.
package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

// Run checks that the stores which open gives keep the contract. Every test asks for one of its own.
func Run(t *testing.T, open func(*testing.T) *store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, fixture)
	}{
		{"Transactions", testTransactions},
		{"Quota", testQuota},
		{"Accounts", testAccounts},
		{"Users", testUsers},
		{"Policies", testPolicies},
		{"Projects", testProjects},
		{"ProjectPages", testProjectPages},
		{"Datasets", testDatasets},
		{"EntryOrder", testEntryOrder},
		{"EntriesFromManyWriters", testEntriesFromManyWriters},
		{"EntryFilters", testEntryFilters},
		{"EntryFiltersAgainstPlainCode", testEntryFiltersAgainstPlainCode},
		{"EntryStats", testEntryStats},
		{"EntryDelete", testEntryDelete},
		{"EntryMove", testEntryMove},
		{"Versions", testVersions},
		{"VersionPages", testVersionPages},
		{"VersionCounts", testVersionCounts},
		{"VersionCopies", testVersionCopies},
		{"Tags", testTags},
		{"Images", testImages},
		{"ImageVisibility", testImageVisibility},
		{"Disks", testDisks},
		{"Contents", testContents},
		{"ContentCopies", testContentCopies},
		{"ContentResume", testContentResume},
		{"ImagePlaces", testImagePlaces},
		{"ContentsAtOnce", testContentsAtOnce},
		{"Nodes", testNodes},
		{"Placements", testPlacements},
		{"WorkLease", testWorkLease},
		{"WorkFences", testWorkFences},
		{"WorkDue", testWorkDue},
		{"WorkOrphans", testWorkOrphans},
		{"WorkWaiting", testWorkWaiting},
		{"Figures", testFigures},
		{"UnitLevels", testUnitLevels},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, fixture{t, open(t)})
		})
	}
}

const (
	account = ownsight.DefaultAccount
	other   = "444455556666"
	region  = ownsight.DefaultRegion
)

// began is when everything in these tests happens; stored times are whole milliseconds.
var began = time.UnixMilli(1_700_000_000_123).UTC()

// fixture is a store with shorthands that fail the test.
type fixture struct {
	t     *testing.T
	store *store.Store
}

func (f fixture) write(fn func(tx *store.Tx)) {
	f.t.Helper()
	require.NoError(f.t, f.store.Write(f.t.Context(), func(tx *store.Tx) error { fn(tx); return nil }))
}

func (f fixture) read(fn func(tx *store.Tx)) {
	f.t.Helper()
	require.NoError(f.t, f.store.Read(f.t.Context(), func(tx *store.Tx) error { fn(tx); return nil }))
}

// refused checks that a write fails with a domain error of a code.
func (f fixture) refused(code ownsight.Code, fn func(tx *store.Tx) error) {
	f.t.Helper()
	err := f.store.Write(f.t.Context(), fn)
	require.Error(f.t, err)
	require.Equal(f.t, code, ownsight.CodeOf(err), "%v", err)
}

func (f fixture) project(account, region, name string, created time.Time) *ownsight.Project {
	f.t.Helper()
	p := &ownsight.Project{
		ARN:     ownsight.ProjectARN{Region: region, Account: account, Name: name, Created: created.UnixMilli()},
		Created: created, Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels, AutoUpdate: "DISABLED",
	}
	f.write(func(tx *store.Tx) { require.NoError(f.t, tx.Projects().Create(f.t.Context(), p)) })
	return p
}

func (f fixture) dataset(p *ownsight.Project, kind ownsight.DatasetType) *ownsight.Dataset {
	f.t.Helper()
	d := &ownsight.Dataset{
		ProjectID: p.ID,
		ARN: ownsight.DatasetARN{
			Region: p.ARN.Region, Account: p.ARN.Account, Project: p.ARN.Name, Type: kind, Created: began.UnixMilli(),
		},
		Created: began, Updated: began.Add(time.Second), Status: ownsight.DatasetCreating, Message: "being made",
	}
	f.write(func(tx *store.Tx) { require.NoError(f.t, tx.Datasets().Create(f.t.Context(), d)) })
	return d
}

func (f fixture) version(p *ownsight.Project, name string, created time.Time) *ownsight.Version {
	f.t.Helper()
	v := &ownsight.Version{
		ProjectID: p.ID, ProjectARN: p.ARN,
		ARN: ownsight.VersionARN{
			Region: p.ARN.Region, Account: p.ARN.Account, Project: p.ARN.Name, Name: name, Created: created.UnixMilli(),
		},
		Created: created, Status: ownsight.VersionTraining, Message: "training", Description: "a try", KMSKey: "key",
		Output: ownsight.Location{Bucket: "out", Key: "models/"}, Requester: ownsight.Principal{Account: p.ARN.Account},
		Inputs: ownsight.TrainingInputs{
			Training: []ownsight.Location{{Bucket: "in", Key: "train.manifest"}}, AutoCreate: true,
		},
	}
	f.write(func(tx *store.Tx) { require.NoError(f.t, tx.Versions().Create(f.t.Context(), v)) })
	return v
}

// entries makes so many entries with the given labels, numbered from first.
func entries(first, count int, labels ...ownsight.EntryLabel) []ownsight.Entry {
	list := make([]ownsight.Entry, count)
	for i := range list {
		ref := fmt.Sprintf("s3://pictures/set/%06d.jpg", first+i)
		list[i] = ownsight.Entry{
			SourceRef: ref, Line: fmt.Sprintf(`{"source-ref":%q}`, ref), Labeled: len(labels) > 0, Labels: labels,
		}
	}
	return list
}

func (f fixture) upsert(d *ownsight.Dataset, list []ownsight.Entry) {
	f.t.Helper()
	f.write(func(tx *store.Tx) { require.NoError(f.t, tx.Entries().Upsert(f.t.Context(), d.ID, list)) })
}

// errStop is any error that ends a transaction.
var errStop = errors.New("stop")
