package client

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"ownsight"
)

// A project in one file is a tar. Its first file is manifest.json; then follow train.manifest and test.manifest, whose source-refs
// are names in the tar, models/VERSION/OUTPUT, and pictures/NAME. Taken apart, it is a folder that `ownsight train` reads.
const (
	archiveFormat  = "ownsight project 1"
	contentsName   = "manifest.json"
	manifestEnding = ".manifest" // after train or test
	modelsFolder   = "models/"
	picturesFolder = "pictures/"

	maxContents = 16 << 20 // bytes of manifest.json
	maxManifest = 2 << 30  // bytes of a dataset; a manifest that is imported may have half of that
	maxPicture  = 15 << 20 // bytes of a picture, the service's limit
)

// Contents is manifest.json: what a project in one file holds.
type Contents struct {
	Format   string            `json:"format"`
	Project  string            `json:"project"`
	Exported time.Time         `json:"exported"`
	Datasets []ArchivedDataset `json:"datasets"`
	Pictures int               `json:"pictures"`
	Bytes    int64             `json:"pictureBytes"`
	Models   []ArchivedModel   `json:"models"`
}

// ArchivedDataset is a dataset in the file.
type ArchivedDataset struct {
	Type    string `json:"type"` // TRAIN or TEST
	Entries int    `json:"entries"`
}

// ArchivedModel is a model in the file.
type ArchivedModel struct {
	Version string            `json:"version"`
	ARN     string            `json:"versionArn"` // that it had
	F1      *float32          `json:"f1,omitempty"`
	Created time.Time         `json:"created"`
	Files   []ownsight.Output `json:"files"`
}

// archivedOutputs are the files of a model that a project's file holds, where there are such.
var archivedOutputs = []ownsight.Output{ownsight.ModelFile, ownsight.ModelCard, ownsight.EvaluationSummary, ownsight.EvaluationReport, ownsight.EvaluationData}

func manifestName(kind string) string { return strings.ToLower(kind) + manifestEnding }

// readContents reads the first file of a tar, which tells a project from other tars.
func readContents(r *tar.Reader) (Contents, error) {
	foreign := errors.New("is no project that `ownsight project export` has written")
	var is Contents
	h, err := r.Next()
	if err != nil || h.Name != contentsName || h.Typeflag != tar.TypeReg || h.Size > maxContents {
		return is, foreign
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return is, err
	}
	if json.Unmarshal(text, &is) != nil || !strings.HasPrefix(is.Format, "ownsight project ") {
		return is, foreign
	}
	if is.Format != archiveFormat {
		return is, fmt.Errorf("is of the form %q, and this program knows %q; take a newer one", is.Format, archiveFormat)
	}
	if is.Pictures < 0 || len(is.Datasets) > len(kinds) {
		return is, foreign
	}
	return is, nil
}

var fitName = regexp.MustCompile(`^[a-zA-Z0-9_.\-]{1,255}$`) // of projects and versions

func checkName(name string) error {
	if !fitName.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("%q cannot be the name of a project or a version: 1 to 255 letters, digits and _ . - can", name)
	}
	return nil
}

// safeName reports whether a name stays below the folder that it is put into, on every system, and harms no terminal.
func safeName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsRune(name, '\\') && !strings.ContainsFunc(name, unicode.IsControl)
}

// checkHeader refuses what a project's file never holds: links, devices, names that lead elsewhere.
func checkHeader(h *tar.Header) error {
	if h.Typeflag != tar.TypeReg || !safeName(h.Name) {
		return fmt.Errorf("holds %q, which is no file that belongs to a project", h.Name)
	}
	return nil
}

// modelIn takes the name of a model's file apart.
func modelIn(name string) (version string, o ownsight.Output, err error) {
	version, file, _ := strings.Cut(strings.TrimPrefix(name, modelsFolder), "/")
	if !slices.Contains(archivedOutputs, ownsight.Output(file)) || checkName(version) != nil {
		return "", "", fmt.Errorf("holds %q, which is no file of a model", name)
	}
	return version, ownsight.Output(file), nil
}

// commonFolder is the longest folder, with the slash at its end, that all of the names lie below; empty where there is none.
func commonFolder(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, name := range names[1:] {
		n := 0
		for n < min(len(common), len(name)) && common[n] == name[n] {
			n++
		}
		common = common[:n]
	}
	return common[:strings.LastIndexByte(common, '/')+1]
}
