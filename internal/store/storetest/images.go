package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
)

func (f fixture) image(account, region, name string) *ownsight.Image {
	f.t.Helper()
	i := &ownsight.Image{
		ARN: ownsight.ImageARN{Region: region, Account: account, Name: name}, Created: began, State: ownsight.ImageAvailable,
		Details: ownsight.ImageDetails{Platform: "RHEL8", Disk: ownsight.DiskFile{Format: "raw", Size: 1024, Virtual: 1024},
			Applications: []ownsight.ImageApplication{{Name: "a", Path: "/a"}}},
		Requester: ownsight.Principal{Account: account, User: "ann"},
	}
	f.write(func(tx *store.Tx) { require.NoError(f.t, tx.Images().Create(f.t.Context(), i)) })
	return i
}

func testImages(t *testing.T, f fixture) {
	ctx := t.Context()
	image := f.image(account, region, "office")
	f.image(account, "eu-west-1", "office")
	f.image(other, region, "office")
	f.refused(ownsight.AlreadyExists, func(tx *store.Tx) error {
		return tx.Images().Create(ctx, &ownsight.Image{ARN: image.ARN, Created: began})
	})
	f.refused(ownsight.NotFound, func(tx *store.Tx) error {
		_, err := tx.Images().ByARN(ctx, ownsight.ImageARN{Region: region, Account: account, Name: "Office"})
		return err
	})
	image.State, image.Reason = ownsight.ImageFailed, ownsight.ImageReason{Code: "INTERNAL_ERROR", Message: "why"}
	f.write(func(tx *store.Tx) {
		content, err := tx.Contents().Create(ctx, region, 7)
		require.NoError(t, err)
		source, err := tx.Contents().Create(ctx, "eu-west-1", 7)
		require.NoError(t, err)
		require.NoError(t, tx.Images().SetContents(ctx, image.ID, content, source))
		for _, c := range []int64{content, source} {
			used, err := tx.Contents().Used(ctx, c)
			require.NoError(t, err)
			require.True(t, used)
		}
		image.Content, image.Source = content, source
		moved, err := tx.Images().Move(ctx, image.ID, ownsight.ImageCopying, ownsight.ImageFailed, image.Reason)
		require.NoError(t, err)
		require.False(t, moved, "from a state that it is not in")
		moved, err = tx.Images().Move(ctx, image.ID, ownsight.ImageAvailable, ownsight.ImageFailed, image.Reason)
		require.NoError(t, err)
		require.True(t, moved)
		image.Details.Description = "changed"
		require.NoError(t, tx.Images().SetDetails(ctx, image.ID, image.Details))
	})
	f.read(func(tx *store.Tx) {
		got, err := tx.Images().ByARN(ctx, image.ARN)
		require.NoError(t, err)
		require.Equal(t, image, got)
		n, err := tx.Images().CountInState(ctx, account, region, ownsight.ImageFailed)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	})
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Images().SetContents(ctx, image.ID, 0, 0))
		used, err := tx.Contents().Used(ctx, image.Content)
		require.NoError(t, err)
		require.False(t, used)
		require.NoError(t, tx.Images().Delete(ctx, image.ID))
		n, err := tx.Images().Count(ctx, account, region)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func testImageVisibility(t *testing.T, f fixture) {
	ctx := t.Context()
	mine, theirs, public := f.image(account, region, "mine"), f.image(other, region, "theirs"), f.image("", region, "public")
	f.image(other, region, "hidden")
	f.image(account, "eu-west-1", "elsewhere")
	permission := ownsight.ImagePermission{Account: account, AllowFleet: true}
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Images().Share(ctx, theirs.ID, ownsight.ImagePermission{Account: account, AllowBuilder: true}))
		require.NoError(t, tx.Images().Share(ctx, theirs.ID, permission)) // replaced
		require.NoError(t, tx.Images().Share(ctx, mine.ID, ownsight.ImagePermission{Account: other}))
	})
	names := func(v store.Visible, after int64, limit int) (list []string) {
		f.read(func(tx *store.Tx) {
			images, err := tx.Images().List(ctx, region, account, v, after, limit)
			require.NoError(t, err)
			for _, i := range images {
				list = append(list, i.ARN.Name)
			}
		})
		return list
	}
	require.Equal(t, []string{"mine", "theirs", "public"}, names(store.Visible{Own: true, Shared: true, Public: true}, 0, 10))
	require.Equal(t, []string{"theirs"}, names(store.Visible{Own: true, Shared: true, Public: true}, mine.ID, 1))
	require.Equal(t, []string{"mine"}, names(store.Visible{Own: true}, 0, 10))
	require.Equal(t, []string{"theirs"}, names(store.Visible{Shared: true}, 0, 10))
	require.Equal(t, []string{"public"}, names(store.Visible{Public: true}, mine.ID, 10))
	require.Empty(t, names(store.Visible{}, 0, 10))
	require.Empty(t, names(store.Visible{Own: true, Shared: true, Public: true}, public.ID, 10))
	f.read(func(tx *store.Tx) {
		got, err := tx.Images().Permission(ctx, theirs.ID, account)
		require.NoError(t, err)
		require.Equal(t, permission, got)
		_, err = tx.Images().Permission(ctx, mine.ID, "999999999999")
		require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
		i, err := tx.Images().ByID(ctx, theirs.ID)
		require.NoError(t, err)
		require.EqualValues(t, 1, i.Sharers)
	})
	f.write(func(tx *store.Tx) {
		for _, was := range []bool{true, false} {
			got, err := tx.Images().Unshare(ctx, theirs.ID, account)
			require.NoError(t, err)
			require.Equal(t, was, got)
		}
		for i := range 5 {
			require.NoError(t, tx.Images().Share(ctx, mine.ID, ownsight.ImagePermission{Account: fmt.Sprintf("%012d", i)}))
		}
		page, err := tx.Images().Permissions(ctx, mine.ID, "000000000001", 2)
		require.NoError(t, err)
		require.Equal(t, []string{"000000000002", "000000000003"}, []string{page[0].Account, page[1].Account})
	})
}

func testDisks(t *testing.T, f fixture) {
	ctx := t.Context()
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Accounts().Create(ctx, account, began))
		require.NoError(t, tx.Accounts().Create(ctx, other, began))
	})
	disk := ownsight.Disk{ID: "ami-00000000000000001", Account: account, Region: region, Created: began, Name: "gold", Platform: "RHEL8",
		At: ownsight.Location{Bucket: "b", Key: "k"}, ETag: "e", File: ownsight.DiskFile{Format: "qcow2", Size: 5, Virtual: 1024}, Image: "arn"}
	later := disk
	later.ID, later.Created = "ami-00000000000000002", began.Add(time.Second)
	f.write(func(tx *store.Tx) {
		require.NoError(t, tx.Disks().Create(ctx, disk))
		require.NoError(t, tx.Disks().Create(ctx, later))
	})
	f.read(func(tx *store.Tx) {
		got, err := tx.Disks().ByID(ctx, account, region, disk.ID)
		require.NoError(t, err)
		require.Equal(t, disk, got)
		for _, at := range [][2]string{{other, region}, {account, "eu-west-1"}} {
			_, err = tx.Disks().ByID(ctx, at[0], at[1], disk.ID)
			require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err), "%v", at)
		}
		list, err := tx.Disks().List(ctx, account, region)
		require.NoError(t, err)
		require.Equal(t, []ownsight.Disk{later, disk}, list)
	})
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { return tx.Disks().Delete(ctx, other, region, disk.ID) })
	f.write(func(tx *store.Tx) { require.NoError(t, tx.Disks().Delete(ctx, account, region, disk.ID)) })

	task := ownsight.ImageExport{Task: "t", Account: account, Region: region, Image: ownsight.ImageARN{Region: region, Account: account, Name: "office"},
		Created: began, State: ownsight.ImageExporting, Name: "out", Description: "d", Tags: map[string]string{"a": "b"}, File: disk.File,
		Platform: "RHEL8", Requester: ownsight.Principal{Account: account, User: "ann"}}
	f.write(func(tx *store.Tx) {
		var err error
		task.Content, err = tx.Contents().Create(ctx, region, 5)
		require.NoError(t, err)
		require.NoError(t, tx.Disks().CreateExport(ctx, &task))
		second := task
		second.Task = "u"
		require.NoError(t, tx.Disks().CreateExport(ctx, &second))
		got, err := tx.Disks().Export(ctx, account, region, "t")
		require.NoError(t, err)
		require.Equal(t, task, got)
		list, err := tx.Disks().Exports(ctx, account, region, 0, 10)
		require.NoError(t, err)
		require.Equal(t, []ownsight.ImageExport{second, task}, list)
		list, err = tx.Disks().Exports(ctx, account, region, second.ID, 10)
		require.NoError(t, err)
		require.Equal(t, []ownsight.ImageExport{task}, list)
		require.NoError(t, tx.Disks().EndExport(ctx, second.ID, ownsight.ImageExportFailed, "", "why"))
		n, err := tx.Disks().CountExports(ctx, account, region, ownsight.ImageExporting)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		require.NoError(t, tx.Disks().SetExportMessage(ctx, task.ID, "half"))
		got, err = tx.Disks().ExportByID(ctx, task.ID)
		require.NoError(t, err)
		require.Equal(t, "half", got.Message)
		require.NoError(t, tx.Disks().EndExport(ctx, task.ID, ownsight.ImageExported, later.ID, ""))
		used, err := tx.Contents().Used(ctx, task.Content)
		require.NoError(t, err)
		require.False(t, used, "what has ended holds nothing")
		got, err = tx.Disks().ExportByID(ctx, task.ID)
		require.NoError(t, err)
		require.Equal(t, []string{later.ID, ""}, []string{got.Disk, got.Message})
	})
	f.refused(ownsight.NotFound, func(tx *store.Tx) error { _, err := tx.Disks().Export(ctx, other, region, "t"); return err })
}
