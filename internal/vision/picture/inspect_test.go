package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

func grey(width, height int) blockJPEG {
	return blockJPEG{Size: Size{width, height}, components: 1, value: func(_, x, y int) byte { return byte(10*x + y) }}
}

func encodePNG(t testing.TB, img image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// claiming gives a JPEG and a PNG file whose headers claim a size. Inspect believes them: it never looks at pixels.
func claiming(t testing.TB, s Size) [][]byte {
	jpeg, png := grey(64, 64).bytes(), encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	frame, ihdr := jpeg[bytes.Index(jpeg, []byte("\xff\xc0")):], png[bytes.Index(png, []byte("IHDR")):]
	binary.BigEndian.PutUint16(frame[5:], uint16(s.Height))
	binary.BigEndian.PutUint16(frame[7:], uint16(s.Width))
	binary.BigEndian.PutUint32(ihdr[4:], uint32(s.Width))
	binary.BigEndian.PutUint32(ihdr[8:], uint32(s.Height))
	return [][]byte{jpeg, png}
}

// withChunk puts a chunk right after the header of a PNG file.
func withChunk(file []byte, kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return bytes.Join([][]byte{file[:33], chunk, file[33:]}, nil)
}

// withByte returns a copy with the byte n places after the first occurrence of mark replaced.
func withByte(file []byte, mark string, n int, value byte) []byte {
	changed := bytes.Clone(file)
	changed[bytes.Index(file, []byte(mark))+n] = value
	return changed
}

func TestInspectAcceptsWithinLimits(t *testing.T) {
	for _, s := range []Size{{64, 64}, {64, 1280}, {1280, 64}, {4096, 4096}, {4096, 205}, {65, 77}} {
		for _, file := range claiming(t, s) {
			h, err := Inspect(file)
			require.NoError(t, err, "%v", s)
			require.Equal(t, s, h.Stored)
			require.Equal(t, s, h.Size)
			require.Equal(t, 1, h.Orientation)
		}
	}
}

func TestInspectRefusesDimensions(t *testing.T) {
	for _, c := range []struct {
		size Size
		rule string
	}{
		{Size{63, 64}, "63 x 64 pixels; both sides must have at least 64 pixels"},
		{Size{500, 1}, "at least 64"},
		{Size{4097, 4096}, "at most 4096"},
		{Size{300, 65535}, "at most 4096"},
		{Size{64, 1281}, "at most 20 times the shorter"},
		{Size{4096, 204}, "at most 20 times the shorter"},
	} {
		for _, file := range claiming(t, c.size) {
			_, err := Inspect(file)
			require.ErrorIs(t, err, ErrDimensions)
			require.NotErrorIs(t, err, ErrFormat)
			require.ErrorContains(t, err, c.rule)
		}
	}
}

func TestInspectRefusesFormats(t *testing.T) {
	good, goodPNG := grey(64, 64).bytes(), encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	many, progressive := grey(64, 64), grey(64, 64)
	many.scans, many.progressive = maxScans+1, true
	progressive.progressive = true
	frame := "\xff\xc0"
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"empty":                {nil, "empty"},
		"text":                 {[]byte("GIF89a, or anything else"), "neither JPEG nor PNG"},
		"JPEG signature only":  {[]byte(jpegSignature), "ends before the picture data"},
		"JPEG headers only":    {good[:bytes.Index(good, []byte("\xff\xda"))], "ends before the picture data"},
		"JPEG within a JPEG":   {append([]byte("\xff\xd8"), good...), "second picture"},
		"two frame headers":    {bytes.Replace(good, []byte("\xff\xc4"), append(frameOf(good), "\xff\xc4"...), 1), "two frame headers"},
		"12 bits":              {withByte(good, frame, 4, 12), "12 bits"},
		"two components":       {twoComponents(), "2 colour components"},
		"arithmetic coding":    {withByte(good, frame, 1, 0xC9), "arithmetic"},
		"lossless":             {withByte(good, frame, 1, 0xC3), "lossless"},
		"unknown segment":      {withByte(good, frame, 1, 0x02), "unknown segment"},
		"impossible length":    {withByte(good, frame, 3, 1), "impossible length"},
		"height comes later":   {withByte(good, frame, 6, 0), "names no size"},
		"too many scans":       {many.bytes(), "more than 32 scans"},
		"progressive, cut":     {progressive.bytes()[:len(progressive.bytes())-2], "truncated"},
		"PNG signature only":   {[]byte(pngSignature), "header chunk"},
		"PNG of 3 bits":        {withByte(goodPNG, "IHDR", 12, 3), "specification"},
		"PNG of colour type 5": {withByte(goodPNG, "IHDR", 13, 5), "specification"},
		"PNG of interlace 2":   {withByte(goodPNG, "IHDR", 16, 2), "specification"},
		"PNG cut":              {goodPNG[:len(goodPNG)-1], "truncated"},
		"PNG without data":     {append(goodPNG[:33:33], goodPNG[len(goodPNG)-12:]...), "no picture data"},
		"PNG chunk of 4 GB":    {withByte(goodPNG, "IDAT", -4, 0xFF), "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Inspect(c.file)
			require.ErrorIs(t, err, ErrFormat)
			require.NotErrorIs(t, err, ErrDimensions)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func twoComponents() []byte {
	j := grey(64, 64)
	j.components = 2
	return j.bytes()
}

func TestInspectReadsOrientation(t *testing.T) {
	tall := func(orientation int) []byte {
		j := grey(64, 128)
		j.orientation = orientation
		return j.bytes()
	}
	for o := 1; o <= 8; o++ {
		h, err := Inspect(tall(o))
		require.NoError(t, err)
		require.Equal(t, o, h.Orientation)
		require.Equal(t, Size{64, 128}, h.Stored)
		require.Equal(t, o >= 5, h.Size == Size{128, 64})

		file := withChunk(encodePNG(t, image.NewGray(image.Rect(0, 0, 64, 128))), "eXIf", exifOrientation(binary.LittleEndian, uint16(o)))
		h, err = Inspect(file)
		require.NoError(t, err)
		require.Equal(t, o, h.Orientation)
	}
	broken := tall(6)
	copy(broken[bytes.Index(broken, []byte("MM")):], "XX")
	for _, file := range [][]byte{tall(9), tall(65535), broken} {
		h, err := Inspect(file)
		require.NoError(t, err, "broken metadata does not spoil a sound picture")
		require.Equal(t, 1, h.Orientation)
	}
}

func TestInspectReadsEveryPNGForm(t *testing.T) {
	palette := color.Palette{color.Black, color.White}
	for name, img := range map[string]image.Image{
		"grey": image.NewGray(image.Rect(0, 0, 70, 80)), "grey 16": image.NewGray16(image.Rect(0, 0, 70, 80)),
		"alpha": image.NewNRGBA(image.Rect(0, 0, 70, 80)), "alpha 16": image.NewNRGBA64(image.Rect(0, 0, 70, 80)),
		"palette": image.NewPaletted(image.Rect(0, 0, 70, 80), palette),
	} {
		h, err := Inspect(encodePNG(t, img))
		require.NoError(t, err, name)
		require.Equal(t, PNG, h.Format)
		require.Equal(t, Size{70, 80}, h.Size)
	}
}

// frameOf cuts the frame header segment out of a file of grey.
func frameOf(file []byte) []byte {
	at := bytes.Index(file, []byte("\xff\xc0"))
	return bytes.Clone(file[at : at+2+11])
}
