package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/quantize"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// inputRange is that of (value-127)/128 for values 0 to 255, which 256 levels represent without loss.
var inputRange = quantize.Range{Low: -127. / 128, High: 1}

// side of the squares that pictures are resampled to, as for labels.
const side = 224

func calibration() *cobra.Command {
	var out string
	var each int
	command := &cobra.Command{
		Use:   "calibrate FOLDER...",
		Short: "Measure on pictures in which ranges the network's maps lie, for its conversion to integers",
		Long: "Measure on pictures in which ranges the network's maps lie, for its conversion to integers.\n\n" +
			"From each folder as many pictures are taken, spread evenly over its JPEG and PNG files in their order, without " +
			"those that a labels.csv or boxes.csv in the folder counts as \"test\".",
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, folders []string) error {
			ranges, err := calibrate(command.Context(), folders, each)
			if err != nil {
				return err
			}
			return os.WriteFile(out, written(ranges), 0o644)
		},
	}
	command.Flags().StringVar(&out, "out", "internal/vision/backbone/ranges.json", "file to write")
	command.Flags().IntVar(&each, "pictures", 26, "how many pictures to take from each folder")
	return command
}

func calibrate(ctx context.Context, folders []string, each int) (quantize.Ranges, error) {
	network, err := backbone.Whole()
	if err != nil {
		return nil, err
	}
	c, err := quantize.NewCalibrator(network)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	decoder := picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	tensor, seen := make([]float32, backbone.PictureLength), 0
	for _, folder := range folders {
		files, err := pictures(folder)
		if err != nil {
			return nil, err
		}
		n := min(each, len(files))
		for i := range n {
			file, err := os.ReadFile(files[i*len(files)/n])
			if err != nil {
				return nil, err
			}
			rgb, err := decoder.Decode(ctx, file, picture.Square(side))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", files[i*len(files)/n], err)
			}
			picture.Tensor(rgb, picture.Identity(), picture.Square(side), tensor)
			rgb.Release()
			if err := c.See(ctx, runtime.Floats(tensor, 1, 3, side, side)); err != nil {
				return nil, err
			}
		}
		seen += n
	}
	if seen == 0 {
		return nil, errors.New("the folders hold no pictures")
	}
	fmt.Printf("%d pictures\n", seen)
	ranges := c.Ranges(quantize.Outliers)
	ranges[network.Inputs()[0].Name()] = inputRange
	return ranges, nil
}

// pictures lists the files of a folder that may be learned from.
func pictures(folder string) ([]string, error) {
	test := map[string]bool{}
	for _, list := range []string{"labels.csv", "boxes.csv"} {
		file, err := os.ReadFile(filepath.Join(folder, list))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll() // file, split, ...
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", list, folder, err)
		}
		for _, row := range rows {
			if len(row) > 1 && row[1] == "test" {
				test[filepath.Join(folder, row[0])] = true
			}
		}
	}
	var files []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		kind := strings.ToLower(filepath.Ext(path))
		if slices.Contains([]string{".jpg", ".jpeg", ".png"}, kind) && !test[path] {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// written gives the ranges as JSON, a value a line.
func written(ranges quantize.Ranges) []byte {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(ranges)) {
		r := ranges[name]
		lines = append(lines, fmt.Sprintf("  %q: [%s, %s]", name, number(r.Low), number(r.High)))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
}

func number(f float32) string { return strconv.FormatFloat(float64(f), 'g', -1, 32) }
