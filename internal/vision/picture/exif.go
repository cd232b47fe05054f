package picture

import (
	"bytes"

	"github.com/bep/imagemeta"
)

// maxExif bounds what is read: a JPEG segment cannot be longer, a PNG chunk could be.
const maxExif = 64 << 10

// orientation reads the EXIF orientation, 1 to 8, from a TIFF structure. Metadata is often broken in pictures that are
// otherwise sound, so whatever cannot be read means 1: as stored.
func orientation(tiff []byte) int {
	if len(tiff) == 0 || len(tiff) > maxExif {
		return 1
	}
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(tiff),
		ImageFormat: imagemeta.TIFF,
		Sources:     imagemeta.EXIF,
		// Only the main picture's tag counts: a thumbnail has its own.
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && 1 <= v && v <= 8 {
				found = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return 1
	}
	return found
}
