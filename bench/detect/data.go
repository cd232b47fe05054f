package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate/boxes"
)

// read takes the list of boxes of a folder, as bench's pictures have it.
func read(folder string) (labels []string, known, unseen []detect.Picture, err error) {
	file, err := os.Open(filepath.Join(folder, "boxes.csv"))
	if err != nil {
		return nil, nil, nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, nil, err
	}
	for _, row := range rows[1:] {
		labels = append(labels, row[2])
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	places := map[string]int{}
	for _, row := range rows[1:] {
		list := &known
		if row[1] == "test" {
			list = &unseen
		}
		numbers := make([]float64, 6)
		for i := range numbers {
			if numbers[i], err = strconv.ParseFloat(row[3+i], 64); err != nil {
				return nil, nil, nil, fmt.Errorf("%s: %w", row[0], err)
			}
		}
		width, height := numbers[4], numbers[5]
		at, listed := places[row[0]]
		if !listed {
			at, places[row[0]] = len(*list), len(*list)
			*list = append(*list, detect.Picture{Name: row[0], Width: int(width), Height: int(height)})
		}
		p := &(*list)[at]
		p.Boxes = append(p.Boxes, boxes.Box{
			Label: slices.Index(labels, row[2]), Left: numbers[0] / width, Top: numbers[1] / height,
			Width: numbers[2] / width, Height: numbers[3] / height,
		})
	}
	return labels, known, unseen, nil
}

func data(folder string, labels []string, pictures []detect.Picture) detect.Data {
	return detect.Data{Labels: labels, Pictures: pictures, File: func(_ context.Context, i int) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, pictures[i].Name))
	}}
}
