//go:build cgo && !nolibdeflate

package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// pngParts is a PNG file before it is put together.
type pngParts struct {
	size                     Size
	colour, depth, interlace byte
	palette, transparency    []byte // chunks; nil for none
	rows                     []byte // with their filters' numbers
	cut                      int    // where the compressed data is cut in two; 0 for not
}

func (p pngParts) bytes() []byte {
	file := []byte(pngSignature)
	put := func(kind string, body []byte) {
		chunk := append([]byte(kind), body...)
		file = binary.BigEndian.AppendUint32(file, uint32(len(body)))
		file = binary.BigEndian.AppendUint32(append(file, chunk...), crc32.ChecksumIEEE(chunk))
	}
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(p.size.Width)), uint32(p.size.Height))
	put("IHDR", append(ihdr, p.depth, p.colour, 0, 0, p.interlace))
	if p.palette != nil {
		put("PLTE", p.palette)
	}
	if p.transparency != nil {
		put("tRNS", p.transparency)
	}
	var data bytes.Buffer
	w := zlib.NewWriter(&data)
	_, _ = w.Write(p.rows)
	_ = w.Close()
	cut := min(p.cut, data.Len())
	if cut > 0 {
		put("IDAT", data.Bytes()[:cut])
	}
	put("IDAT", data.Bytes()[cut:])
	put("IEND", nil)
	return file
}

// randomPNG has rows of random bytes, which are a picture too, now and then with something wrong.
func randomPNG(random *rand.Rand) []byte {
	forms := [][2]byte{{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}}
	form := forms[random.IntN(len(forms))]
	p := pngParts{size: Size{64 + random.IntN(40), 64 + random.IntN(40)}, colour: form[0], depth: form[1], interlace: byte(random.IntN(2))}
	some := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	if p.colour == 3 || random.IntN(4) == 0 {
		p.palette = some(3 * (1 + random.IntN(1<<min(p.depth, 8))))
	}
	if random.IntN(2) == 0 {
		p.transparency = some([]int{2, 0, 6, 1 + random.IntN(256), 2, 0, 2}[p.colour])
		for i := range p.transparency {
			if p.colour != 3 && i%2 == 0 || p.depth < 8 {
				p.transparency[i] &= 1 // otherwise no pixel would ever have the colour
			}
		}
	}
	if random.IntN(3) == 0 {
		p.cut = 1 + random.IntN(500)
	}
	h := Header{Stored: p.size, coding: coding{components: pngComponents[p.colour], depth: int(p.depth), buffered: p.interlace == 1}}
	p.rows = some(int(pngRawBytes(h)) + max(0, random.IntN(30)-28) - max(0, random.IntN(30)-28))
	if random.IntN(2) == 0 { // few values, so that some are the transparent one
		for i := range p.rows {
			p.rows[i] &= 1
		}
	}
	at := 0
	rows := func(width, height int) {
		for range height {
			if width > 0 && at < len(p.rows) {
				p.rows[at] %= 5
				at += 1 + (width*h.coding.components*h.coding.depth+7)/8
			}
		}
	}
	if p.interlace == 0 {
		rows(p.size.Width, p.size.Height)
	} else {
		for _, pass := range pngPasses {
			s := pass.of(p.size)
			rows(s.Width, s.Height)
		}
	}
	if random.IntN(30) == 0 {
		p.rows[0] = byte(random.IntN(8))
	}
	return p.bytes()
}

// requireAsGo checks that we make of a file what packages image/png and image/draw make of it.
func requireAsGo(t *testing.T, file []byte) (damage bool) {
	h, err := Inspect(file)
	if err != nil || h.Format != PNG {
		return true
	}
	var want *RGB
	img, wantErr := png.Decode(bytes.NewReader(file))
	if wantErr == nil {
		white := image.NewRGBA(img.Bounds())
		draw.Draw(white, white.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(white, white.Rect, img, image.Point{}, draw.Over)
		want = &RGB{Size: h.Stored}
		for i := range white.Rect.Dx() * white.Rect.Dy() {
			want.Pix = append(want.Pix, white.Pix[4*i:4*i+3]...)
		}
	}
	for _, shrink := range []int{1, 2, 4, 8} {
		got := &RGB{Size: h.Stored.shrunk(shrink), Pix: make([]byte, 3*h.Stored.shrunk(shrink).pixels())}
		err := decodePNG(file, h, shrink, got)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%+v: %v, Go says %v", h, err, wantErr)
		}
		if err == nil && !bytes.Equal(got.Pix, blocks(want, shrink).Pix) {
			t.Fatalf("%+v divided by %d: other pixels than Go's", h, shrink)
		}
	}
	return wantErr != nil
}

// blocks divides a picture's sides by averaging.
func blocks(p *RGB, shrink int) *RGB {
	out := &RGB{Size: p.Size.shrunk(shrink)}
	for y := 0; y < p.Size.Height; y += shrink {
		for x := 0; x < p.Size.Width; x += shrink {
			sum, n := [3]int{}, 0
			for v := y; v < min(y+shrink, p.Size.Height); v++ {
				for u := x; u < min(x+shrink, p.Size.Width); u++ {
					pixel := p.at(u, v)
					sum[0], sum[1], sum[2], n = sum[0]+pixel[0], sum[1]+pixel[1], sum[2]+pixel[2], n+1
				}
			}
			for _, s := range sum {
				out.Pix = append(out.Pix, byte((s+n/2)/n))
			}
		}
	}
	return out
}

func TestPNGDecodesAsGoDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	sound := 0
	for range 80 {
		if !requireAsGo(t, randomPNG(random)) {
			sound++
		}
	}
	require.Greater(t, sound, 40)
	require.Less(t, sound, 80)
}

// chunksOf cuts a file into its chunks, the signature first.
func chunksOf(file []byte) (chunks [][]byte) {
	chunks = append(chunks, file[:8])
	for b := file[8:]; len(b) > 0; {
		n := 12 + int(binary.BigEndian.Uint32(b))
		chunks, b = append(chunks, b[:n]), b[n:]
	}
	return chunks
}

func TestPNGChunksAreTakenAsGoTakesThem(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	sound, damaged := 0, 0
	for range 60 {
		chunks := chunksOf(randomPNG(random))
		spare := chunksOf(randomPNG(random))
		switch i, j := 1+random.IntN(len(chunks)-1), 1+random.IntN(len(spare)-1); random.IntN(4) {
		case 0:
			chunks = append(chunks[:i:i], append([][]byte{spare[j]}, chunks[i:]...)...)
		case 1:
			chunks = append(chunks[:i:i], chunks[i+1:]...)
		case 2:
			chunks[i] = bytes.Clone(chunks[i])
			chunks[i][4+random.IntN(len(chunks[i])-4)] ^= 1 << random.IntN(8)
		case 3:
			chunks = append(chunks[:i:i], append([][]byte{withChunk(make([]byte, 33), "teXt", []byte("of no bearing"))[33:]}, chunks[i:]...)...)
		}
		if requireAsGo(t, bytes.Join(chunks, nil)) {
			damaged++
		} else {
			sound++
		}
	}
	require.Greater(t, sound, 10)
	require.Greater(t, damaged, 10)
}

func FuzzPNG(f *testing.F) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 60 {
		f.Add(randomPNG(random))
	}
	f.Fuzz(func(t *testing.T, file []byte) { requireAsGo(t, rechecked(file)) })
}

// rechecked sets the checksums of a file's chunks right, so that what is inside them is reached.
func rechecked(file []byte) []byte {
	file = bytes.Clone(file)
	for b := file[min(8, len(file)):]; len(b) >= 12; {
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(len(b)-12) {
			break
		}
		binary.BigEndian.PutUint32(b[8+n:], crc32.ChecksumIEEE(b[4:8+n]))
		b = b[12+n:]
	}
	return file
}
