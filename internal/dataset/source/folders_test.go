package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFolders(t *testing.T) {
	for _, c := range []struct {
		name              string
		files             string // "->" is a link to a folder outside
		training, testing string // NAME=LABEL
		skipped           string
		err               string
	}{
		{name: "a folder a label", files: "a/1.jpg a/2.JPEG b/sub/3.png b/.4.jpg .hidden/5.jpg list.csv",
			training: "a/1.jpg=a a/2.JPEG=a b/sub/3.png=b"},
		{name: "train and test", files: "train/a/1.jpg train/b/2.jpg test/a/3.jpg",
			training: "train/a/1.jpg=a train/b/2.jpg=b", testing: "test/a/3.jpg=a"},
		{name: "train alone", files: "train/a/1.jpg train/b/2.jpg", training: "train/a/1.jpg=a train/b/2.jpg=b"},
		{name: "a label that is called train", files: "train/1.jpg bus/2.jpg", training: "bus/2.jpg=bus train/1.jpg=train"},
		{name: "a link", files: "a/1.jpg b->", training: "a/1.jpg=a b/far.jpg=b"},
		{name: "what is skipped", files: "a/1.jpg b/2.jpg b/notes.txt loose.png readme.md",
			training: "a/1.jpg=a b/2.jpg=b", skipped: "b/notes.txt loose.png"},
		{name: "a third set", files: "train/a/1.jpg train/b/2.jpg valid/a/3.jpg",
			training: "train/a/1.jpg=a train/b/2.jpg=b", skipped: "valid/"},
		{name: "one label", files: "a/1.jpg b/notes.txt", err: "has pictures of 1 labels, and at least 2 are needed"},
		{name: "nothing", err: "has pictures of 0 labels"},
		{name: "a test label of its own", files: "train/a/1.jpg train/b/2.jpg test/c/3.jpg", err: "test/c has no counterpart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, far := t.TempDir(), t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(far, "far.jpg"), nil, 0o644))
			for _, name := range strings.Fields(c.files) {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if link, is := strings.CutSuffix(path, "->"); is {
					require.NoError(t, os.Symlink(far, link))
					continue
				}
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, nil, 0o644))
			}
			f, err := Read(dir, Auto)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.ElementsMatch(t, strings.Fields(c.training), labelled(f.Training))
			require.ElementsMatch(t, strings.Fields(c.testing), labelled(f.Testing))
			var skipped []string
			for _, path := range f.Skipped {
				skipped = append(skipped, strings.TrimPrefix(path, dir+"/"))
			}
			require.ElementsMatch(t, strings.Fields(c.skipped), skipped)
		})
	}
	_, err := Read("/nowhere", Auto)
	require.ErrorIs(t, err, os.ErrNotExist)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err = Read(file, Auto)
	require.ErrorContains(t, err, "is not a folder")
}

// labelled says which label each picture of label folders has.
func labelled(pictures []Picture) (list []string) {
	for _, p := range pictures {
		list = append(list, p.Name+"="+strings.Join(p.Labels, "|"))
	}
	return list
}
