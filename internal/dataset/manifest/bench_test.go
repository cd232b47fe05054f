package manifest_test

import (
	"bytes"
	"os"
	"testing"

	"ownsight/internal/dataset/manifest"
)

// BenchmarkImport is what an import does with each line: parse, count and bring into the listed form.
func BenchmarkImport(b *testing.B) {
	file, err := os.ReadFile("testdata/lines.manifest")
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(file), []byte("\n"))
	for name, line := range map[string][]byte{"label": lines[0], "wrong boxes": lines[4]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(line)))
			var tally manifest.Tally
			for b.Loop() {
				l := manifest.Parse(line)
				tally.Add(l)
				if l.Entry().Line == "" {
					b.Fatal("nothing listed")
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
