package report

import (
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"

	"ownsight/internal/dataset/manifest"
)

type manifestSummaryFile struct {
	Errors     []problemFile `json:"errors"`
	Statistics struct {
		Training statisticsFile `json:"training"`
		Testing  statisticsFile `json:"testing"`
	} `json:"statistics"`
}

type statisticsFile struct {
	UseCase    manifest.UseCase `json:"use_case"`
	Lines      int              `json:"total_json_lines"`
	Valid      int              `json:"valid_json_lines"`
	Invalid    int              `json:"invalid_json_lines"`
	Ignored    int              `json:"ignored_json_lines"`
	ErrorLines []int            `json:"error_json_line_indices"` // from 1
	Errors     []problemFile    `json:"errors"`
}

type problemFile struct {
	Code    manifest.Code `json:"code"`
	Message string        `json:"message"`
}

// WriteManifestSummary writes the manifest summary: one JSON object.
func WriteManifestSummary(w io.Writer, v manifest.Verdict) error {
	file := manifestSummaryFile{Errors: problems(v.Errors)}
	file.Statistics.Training, file.Statistics.Testing = statistics(v.Training), statistics(v.Testing)
	if err := json.MarshalWrite(w, file); err != nil {
		return fmt.Errorf("writing the manifest summary: %w", err)
	}
	return nil
}

func statistics(s manifest.Statistics) statisticsFile {
	return statisticsFile{
		UseCase: s.UseCase, Lines: s.Lines, Valid: s.Valid, Invalid: s.Invalid, Ignored: s.Ignored,
		ErrorLines: s.ErrorLines, Errors: problems(s.Errors),
	}
}

func problems(list []manifest.Problem) []problemFile {
	files := make([]problemFile, 0, len(list))
	for _, p := range list {
		files = append(files, problemFile{p.Code, p.Message})
	}
	return files
}

// WriteValidation writes a validation manifest: every line of a manifest, with what is wrong with it.
func WriteValidation(w io.Writer, lines iter.Seq[manifest.Line]) error {
	for l := range lines {
		if _, err := io.WriteString(w, l.Validated()+"\n"); err != nil {
			return fmt.Errorf("writing the validation manifest: %w", err)
		}
	}
	return nil
}
