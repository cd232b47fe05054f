//go:build cgo && !nojpegturbo

package picture

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/scans.json
var scansJSON []byte

// scans are files in all the codings that JPEG has, by name.
func scans(t testing.TB) map[string][]byte {
	var files map[string][]byte
	require.NoError(t, json.Unmarshal(scansJSON, &files))
	require.NotEmpty(t, files)
	cmyk := grey(64, 64)
	cmyk.components, cmyk.adobe = 4, true
	several := quarters(0)
	several.progressive, several.scans = true, 3
	files["CMYK"], files["several scans"] = cmyk.bytes(), several.bytes()
	return files
}

// requireAsLibjpeg checks that we make of a file, damaged or not, what libjpeg makes of it with its own Huffman decoder.
func requireAsLibjpeg(t *testing.T, file []byte) (damage bool) {
	h, err := Inspect(file)
	if err != nil {
		return true
	}
	for _, shrink := range []int{1, 2, 4, 8} {
		size := h.Stored.shrunk(shrink)
		decode := func(how entropy) ([]byte, error) {
			p := &RGB{Size: size, Pix: make([]byte, 3*size.pixels())}
			return p.Pix, decodeScans(file, shrink, p, how)
		}
		want, wantErr := decode(asLibjpeg)
		for _, how := range []entropy{plainly, quickly} {
			got, err := decode(how)
			// libjpeg-turbo overlooks a code that does not exist where many bytes follow. We do not.
			overlooked := wantErr == nil && err != nil && strings.Contains(err.Error(), "bad Huffman code")
			if (err == nil) != (wantErr == nil) && !overlooked {
				t.Fatalf("divided by %d: %v, libjpeg says %v", shrink, err, wantErr)
			}
			damage = damage || err != nil
			if err == nil && !bytes.Equal(got, want) {
				t.Fatalf("divided by %d: other pixels than libjpeg's", shrink)
			}
		}
	}
	return damage
}

func TestScansDecodeAsLibjpegDoes(t *testing.T) {
	for name, file := range scans(t) {
		require.False(t, requireAsLibjpeg(t, file), name)
	}
	for _, file := range [][]byte{photo(t, 640, 360), photo(t, 65, 199)} {
		require.False(t, requireAsLibjpeg(t, file))
	}
}

func TestDamagedScansDecodeAsLibjpegDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	refused, accepted := 0, 0
	for _, file := range scans(t) {
		data := bytes.Index(file, []byte("\xff\xda"))
		for range 40 {
			broken := bytes.Clone(file)
			for range 1 + random.IntN(3) {
				broken[data+random.IntN(len(broken)-data-2)] = byte(random.Uint32())
			}
			if random.IntN(4) == 0 {
				broken = append(broken[:data+random.IntN(len(broken)-data)], "\xff\xd9"...)
			}
			if requireAsLibjpeg(t, broken) {
				refused++
			} else {
				accepted++
			}
		}
	}
	require.Greater(t, refused, 50)
	require.Greater(t, accepted, 50)
}

func FuzzScans(f *testing.F) {
	for _, file := range scans(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) { requireAsLibjpeg(t, file) })
}
