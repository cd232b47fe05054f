package training

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestSpool(t *testing.T) {
	folder := t.TempDir()
	const length, views, pictures = 37, 3, 20
	room := &scratch{folder: folder}
	file, err := room.file()
	require.NoError(t, err)
	s := newSpool(file, length, views)
	list, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, list, "nothing is left if the program is killed")

	value := func(picture, view, i int) float32 { return float32((picture*views+view)*16+i) / 4 } // exact in half precision
	for first := 0; first < pictures; first += 8 {                                                // some pictures at a time
		var maps []byte
		for p := first; p < min(first+8, pictures); p++ {
			for v := range views {
				m := make([]float32, length)
				for i := range m {
					m[i] = value(p, v, i)
				}
				maps = appendHalves(maps, m)
			}
		}
		require.NoError(t, s.add(maps))
	}
	var readers errgroup.Group
	for reader := range 8 {
		readers.Go(func() error {
			m := make([]float32, length)
			for n := range 10 * pictures * views {
				at := (n*7 + reader) % (pictures * views)
				if err := s.read(at/views, at%views, m); err != nil {
					return err
				}
				for i, got := range m {
					if want := value(at/views, at%views, i); got != want {
						return fmt.Errorf("picture %d, view %d: number %d is %g instead of %g", at/views, at%views, i, got, want)
					}
				}
			}
			return nil
		})
	}
	require.NoError(t, readers.Wait())
	require.Error(t, s.read(pictures, 0, make([]float32, length)), "there are no more")
	require.NoError(t, s.close())
	require.Error(t, s.read(0, 0, make([]float32, length)))
}

func TestScratch(t *testing.T) {
	room := &scratch{folder: filepath.Join(t.TempDir(), "data", "scratch")}
	defer room.close()
	a, err := room.floats(1000)
	require.NoError(t, err)
	b, err := room.floats(3)
	require.NoError(t, err)
	for i := range a {
		require.Zero(t, a[i])
		a[i] = float32(i)
	}
	b[2] = 7
	require.Equal(t, float32(999), a[999])
	require.Equal(t, []float32{0, 0, 7}, b)
	none, err := room.floats(0)
	require.NoError(t, err)
	require.Empty(t, none)
	list, err := os.ReadDir(room.folder)
	require.NoError(t, err)
	require.Empty(t, list, "nothing is left if the program is killed")
	room.close()
	require.Empty(t, room.maps)
}

func TestScratchWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	room := &scratch{folder: filepath.Join(file, "scratch")}
	_, err := room.floats(1)
	require.ErrorContains(t, err, "room for a training")
	_, err = (&scratch{folder: t.TempDir()}).floats(1 << 50)
	require.ErrorContains(t, err, "room for a training, 4503599627370496 bytes")
}
