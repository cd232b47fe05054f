package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
	ort "ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// entry is one labelled picture, and what the frozen front makes of some views of it.
type entry struct {
	file  string
	test  bool
	label int
	looks []look
}

// look is one view: the maps at the cut and the pooled features of the whole network.
type look struct{ maps, features []float32 }

// read takes the list of pictures of a folder, as bench's pictures have it.
func read(folder string) (entries []entry, names []string, err error) {
	file, err := os.Open(filepath.Join(folder, "labels.csv"))
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows[1:] {
		names = append(names, row[2])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, row := range rows[1:] {
		entries = append(entries, entry{file: row[0], test: row[1] == "test", label: slices.Index(names, row[2])})
	}
	return entries, names, nil
}

// front is the frozen part of the network.
type front struct {
	session *ort.Session
	cut     cut
	decoder *picture.Decoder
}

func openFront(c cut) (*front, error) {
	whole, err := backbone.Whole()
	if err != nil {
		return nil, err
	}
	whole.FixDim("H", side)
	whole.FixDim("W", side)
	g, err := whole.Extract(nil, []string{c.maps, "features"})
	if err != nil {
		return nil, err
	}
	s, err := session(g)
	if err != nil {
		return nil, err
	}
	return &front{s, c, picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))}, nil
}

const side = 224

func session(g *nn.Graph) (*ort.Session, error) {
	file, err := g.Bytes()
	if err != nil {
		return nil, err
	}
	return ort.NewSession(file, ort.Options{})
}

// see looks at every picture: the test pictures as they are and mirrored, the others so and in more views.
func (f *front) see(ctx context.Context, folder string, entries []entry, views int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i := range entries {
		group.Go(func() error {
			e := &entries[i]
			mirrored := picture.Identity()
			mirrored.Flip = true
			list := []picture.View{picture.Identity(), mirrored}
			if !e.test {
				list = append(list, picture.Augmentation{Seed: 1, Flip: true}.Views(e.file, views)...)
			}
			return f.look(ctx, filepath.Join(folder, e.file), e, list)
		})
	}
	return group.Wait()
}

func (f *front) look(ctx context.Context, path string, e *entry, views []picture.View) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rgb, err := f.decoder.Decode(ctx, file, picture.Square(side*3/2))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer rgb.Release()
	tensor := make([]float32, backbone.PictureLength)
	for _, v := range views {
		picture.Tensor(rgb, v, picture.Square(side), tensor)
		out := make([]ort.Tensor, 2)
		if err := f.session.Run(ctx, []ort.Tensor{ort.Floats(tensor, 1, 3, side, side)}, out); err != nil {
			return err
		}
		e.looks = append(e.looks, look{out[0].Float32, out[1].Float32})
	}
	return nil
}
