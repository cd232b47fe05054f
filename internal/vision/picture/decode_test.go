package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"
)

func newDecoder() *Decoder { return NewDecoder(NewBudget(DefaultBudget)) }

func decode(t testing.TB, file []byte, fit Size) *RGB {
	p, err := newDecoder().Decode(context.Background(), file, fit)
	require.NoError(t, err)
	require.Len(t, p.Pix, 3*p.Size.Width*p.Size.Height)
	return p
}

func (p *RGB) at(x, y int) [3]int {
	i := 3 * (y*p.Size.Width + x)
	return [3]int{int(p.Pix[i]), int(p.Pix[i+1]), int(p.Pix[i+2])}
}

func requireNear(t testing.TB, want, got [3]int, tolerance int, what ...any) {
	t.Helper()
	for i := range want {
		require.InDelta(t, want[i], got[i], float64(tolerance), what...)
	}
}

// quarters is a picture of 16 x 10 blocks whose four corners differ.
func quarters(orientation int) blockJPEG {
	values := [4][3]byte{{60, 128, 128}, {200, 128, 128}, {120, 90, 200}, {120, 200, 90}}
	return blockJPEG{Size: Size{128, 80}, components: 3, orientation: orientation,
		value: func(c, x, y int) byte { return values[2*(y/5)+x/8][c] }}
}

func TestDecodeAppliesOrientation(t *testing.T) {
	stored := decode(t, quarters(0).bytes(), Size{})
	require.Equal(t, Size{128, 80}, stored.Size)
	a, b, c, d := stored.at(5, 5), stored.at(120, 5), stored.at(5, 75), stored.at(120, 75)
	requireNear(t, [3]int{60, 60, 60}, a, 1)
	requireNear(t, [3]int{200, 200, 200}, b, 1)

	// Which stored corner the upright picture shows at its top left, top right, bottom left, bottom right: EXIF 2.32, tag 274.
	for o, want := range map[int][4][3]int{
		1: {a, b, c, d}, 2: {b, a, d, c}, 3: {d, c, b, a}, 4: {c, d, a, b},
		5: {a, c, b, d}, 6: {c, a, d, b}, 7: {d, b, c, a}, 8: {b, d, a, c},
	} {
		files := map[string][]byte{"jpeg": quarters(o).bytes(),
			"png": withChunk(encodePNG(t, toImage(stored)), "eXIf", exifOrientation(binary.BigEndian, uint16(o)))}
		for format, file := range files {
			for _, fit := range []Size{{}, Square(32)} {
				p := decode(t, file, fit)
				w, h := p.Size.Width, p.Size.Height
				require.Equal(t, o >= 5, h > w)
				got := [4][3]int{p.at(2, 2), p.at(w-3, 2), p.at(2, h-3), p.at(w-3, h-3)}
				require.Equal(t, want, got, "orientation %d, %s, fit %v", o, format, fit)
			}
		}
	}
}

func toImage(p *RGB) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, p.Size.Width, p.Size.Height))
	for i := range p.Size.Width * p.Size.Height {
		copy(img.Pix[4*i:], p.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	return img
}

func TestDecodeShrinksToFit(t *testing.T) {
	jpeg := blockJPEG{Size: Size{501, 299}, components: 1, value: func(_, x, y int) byte { return byte(3*x + y) }}
	png := encodePNG(t, toImage(decode(t, jpeg.bytes(), Size{})))
	for _, c := range []struct{ fit, want Size }{
		{Size{}, Size{501, 299}},
		{Square(224), Size{501, 299}},
		{Square(150), Size{251, 150}},
		{Size{100, 75}, Size{126, 75}},
		{Square(76), Size{251, 150}},
		{Square(38), Size{63, 38}},
		{Square(1), Size{63, 38}},
	} {
		fromJPEG, fromPNG := decode(t, jpeg.bytes(), c.fit), decode(t, png, c.fit)
		require.Equal(t, c.want, fromJPEG.Size, "fit %v", c.fit)
		require.Equal(t, c.want, fromPNG.Size, "fit %v", c.fit)
		// Both formats shrink by averaging: the same picture comes out.
		for i, v := range fromPNG.Pix {
			if d := int(v) - int(fromJPEG.Pix[i]); d < -1 || d > 1 {
				t.Fatalf("fit %v: byte %d is %d in PNG, %d in JPEG", c.fit, i, v, fromJPEG.Pix[i])
			}
		}
	}
}

func TestDecodeColourForms(t *testing.T) {
	flat := func(components int, adobe, progressive bool, values ...byte) []byte {
		return blockJPEG{Size: Square(64), components: components, adobe: adobe, progressive: progressive,
			value: func(c, _, _ int) byte { return values[c] }}.bytes()
	}
	uniform := func(img draw.Image, c color.Color) []byte {
		draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
		return encodePNG(t, img)
	}
	area := image.Rect(0, 0, 64, 64)
	for name, c := range map[string]struct {
		file []byte
		want [3]int
	}{
		"grey JPEG":        {flat(1, false, false, 77), [3]int{77, 77, 77}},
		"YCbCr":            {flat(3, false, false, 120, 90, 200), [3]int{221, 82, 53}},
		"progressive":      {flat(3, false, true, 120, 90, 200), [3]int{221, 82, 53}},
		"RGB by Adobe":     {flat(3, true, false, 10, 20, 30), [3]int{10, 20, 30}},
		"CMYK by Adobe":    {flat(4, true, false, 255, 128, 0, 200), [3]int{200, 100, 0}},
		"progressive CMYK": {flat(4, true, true, 255, 128, 0, 200), [3]int{200, 100, 0}},
		"grey PNG":         {uniform(image.NewGray(area), color.Gray{77}), [3]int{77, 77, 77}},
		"grey PNG 16":      {uniform(image.NewGray16(area), color.Gray16{0x4D80}), [3]int{77, 77, 77}},
		"RGB PNG 16":       {uniform(image.NewRGBA64(area), color.RGBA64{0x0A00, 0x1400, 0x1EFF, 0xFFFF}), [3]int{10, 20, 30}},
		"clear":            {uniform(image.NewNRGBA(area), color.NRGBA{10, 20, 30, 0}), [3]int{255, 255, 255}},
		"half clear":       {uniform(image.NewNRGBA(area), color.NRGBA{0, 255, 100, 128}), [3]int{127, 255, 177}},
		"half clear 16":    {uniform(image.NewNRGBA64(area), color.NRGBA64{0, 0xFFFF, 0x6464, 0x8080}), [3]int{127, 255, 177}},
		"palette":          {uniform(image.NewPaletted(area, color.Palette{color.NRGBA{10, 20, 30, 255}}), color.White), [3]int{10, 20, 30}},
		"clear palette":    {uniform(image.NewPaletted(area, color.Palette{color.NRGBA{10, 20, 30, 0}}), color.White), [3]int{255, 255, 255}},
	} {
		for _, fit := range []Size{{}, Square(30)} {
			p := decode(t, c.file, fit)
			requireNear(t, c.want, p.at(0, 0), 1, name)
			requireNear(t, c.want, p.at(p.Size.Width-1, p.Size.Height-1), 1, name)
		}
	}
}

// photo is a JPEG file with detail in every block.
func photo(t testing.TB, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{byte(x * y), byte(3*x + y*y/7), byte(x ^ y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

func TestDecodeRefusesDamage(t *testing.T) {
	file, png := photo(t, 200, 150), encodePNG(t, toImage(decode(t, photo(t, 200, 150), Size{})))
	data := bytes.Index(file, []byte("\xff\xda")) + 20
	broken := map[string][]byte{}
	for _, percent := range []int{10, 50, 90, 99} {
		broken["cut"] = file[:data+(len(file)-data)*percent/100]
		broken["cut, ended"] = append(bytes.Clone(broken["cut"]), "\xff\xd9"...)
		broken["PNG cut"] = png[:len(png)*percent/100]
		broken["PNG bit"] = withByte(png, "IDAT", len(png)*percent/200, 0xAB)
		for name, b := range broken {
			for _, fit := range []Size{{}, Square(40)} {
				_, err := newDecoder().Decode(context.Background(), b, fit)
				require.ErrorIs(t, err, ErrFormat, "%s at %d %%", name, percent)
				require.ErrorContains(t, err, "damaged")
			}
		}
	}
}

func TestDecodeToleratesHarmlessFlaws(t *testing.T) {
	file := photo(t, 200, 150)
	want := decode(t, file, Size{})
	tables := bytes.Index(file, []byte("\xff\xc4"))
	for name, b := range map[string][]byte{
		"no end marker":            file[:len(file)-2],
		"stray bytes after it":     append(bytes.Clone(file), "left over"...),
		"a second picture after":   append(bytes.Clone(file), file...),
		"stray bytes before it":    bytes.Join([][]byte{file[:len(file)-2], {0, 0, 0, 0}, file[len(file)-2:]}, nil),
		"stray bytes in between":   bytes.Join([][]byte{file[:tables], {1, 2, 3}, file[tables:]}, nil),
		"fill bytes before marker": bytes.Join([][]byte{file[:tables], {0xFF, 0xFF}, file[tables:]}, nil),
	} {
		require.Equal(t, want.Pix, decode(t, b, Size{}).Pix, name)
	}
}

func TestDecodeStopsWithItsContext(t *testing.T) {
	budget := NewBudget(1)
	release, err := budget.Acquire(context.Background(), 1)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = NewDecoder(budget).Decode(ctx, photo(t, 100, 100), Size{})
	require.ErrorIs(t, err, context.Canceled)
	release()
	_, err = NewDecoder(budget).Decode(context.Background(), photo(t, 100, 100), Size{})
	require.NoError(t, err, "a picture larger than the budget takes it all")
}

func TestReleasedMemoryIsReusedSafely(t *testing.T) {
	d := newDecoder()
	for _, size := range []Size{{300, 200}, {100, 90}, {400, 300}} {
		file := photo(t, size.Width, size.Height)
		p, err := d.Decode(context.Background(), file, Size{})
		require.NoError(t, err)
		require.Equal(t, decode(t, file, Size{}).Pix, p.Pix)
		p.Release()
		p.Release() // harmless
		require.Nil(t, p.Pix)
	}
}
