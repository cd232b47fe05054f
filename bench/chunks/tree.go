package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tree is a folder of copied files.
type tree struct {
	root  string
	files []treeFile // in the order of their names
}

type treeFile struct {
	path string // below the root
	size int64
}

// plant copies files of the folder, drawn until they take the bytes given, blocks of 4 KiB counted.
func plant(from, to string, bytes int64, draw *rand.Rand) (*tree, error) {
	var found []treeFile
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.ContainsAny(path, "\" \\\n") {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 && info.Size() < 64*mib {
			found = append(found, treeFile{strings.TrimPrefix(path, from), info.Size()})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	draw.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	t := &tree{root: to}
	for _, f := range found {
		if bytes -= (f.size + 4095) &^ 4095; bytes < 0 {
			break
		}
		t.files = append(t.files, f)
		content, err := os.ReadFile(filepath.Join(from, f.path))
		if err != nil {
			return nil, err
		}
		if err := t.write(f.path, content); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(t.files, func(a, b treeFile) int { return strings.Compare(a.path, b.path) })
	return t, nil
}

func (t *tree) write(path string, content []byte) error {
	full := filepath.Join(t.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, content, 0o644)
}

// pick draws files that have the bytes given together.
func (t *tree) pick(bytes int64, draw *rand.Rand) (picked []treeFile) {
	for _, i := range draw.Perm(len(t.files)) {
		if bytes <= 0 {
			break
		}
		picked = append(picked, t.files[i])
		bytes -= t.files[i].size
	}
	return picked
}

// neighbours draws places in the order of names and takes the files there, as packages are, until they have the bytes given together.
func (t *tree) neighbours(bytes int64, draw *rand.Rand) (picked []treeFile) {
	const size = 4 * mib // of a package
	taken := map[int]bool{}
	for bytes > 0 {
		i := draw.IntN(len(t.files))
		for left := min(bytes, size); left > 0 && i < len(t.files) && !taken[i]; i++ {
			taken[i] = true
			picked = append(picked, t.files[i])
			left, bytes = left-t.files[i].size, bytes-t.files[i].size
		}
	}
	return picked
}

// revise makes a file's next release: some bytes of every block are others, and it has grown a little.
func revise(content []byte, draw *rand.Rand) []byte {
	next := slices.Clone(content)
	for at := 0; at < len(next); at += 4 * kib {
		next[at+draw.IntN(min(4*kib, len(next)-at))] ^= byte(1 + draw.IntN(255))
	}
	grown := make([]byte, 1+draw.IntN(4*kib))
	for i := range grown {
		grown[i] = byte(draw.Uint32())
	}
	return slices.Insert(next, draw.IntN(len(next)+1), grown...)
}
