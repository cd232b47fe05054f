//go:build cgo && !nolibdeflate

package picture

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// pngChunks is what the chunks of a PNG file say about its pixels.
type pngChunks struct {
	coding  coding
	palette []byte   // three bytes a colour
	alpha   []byte   // of the palette's first colours
	key     []byte   // the transparent colour, two bytes a component
	data    [][]byte // the compressed pixels

	last string // the latest of the chunks whose order matters
}

// readPNGChunks goes over the chunks, which [Inspect] has seen to lie within the file. It takes and
// refuses what package image/png does.
func readPNGChunks(b []byte, c coding) (*pngChunks, error) {
	p := &pngChunks{coding: c}
	consecutive := true // no other chunk has come between those of the data
	for b = b[len(pngSignature):]; ; {
		length := int(binary.BigEndian.Uint32(b))
		kind, body := string(b[4:8]), b[8:8+length]
		if crc32.ChecksumIEEE(b[4:8+length]) != binary.BigEndian.Uint32(b[8+length:]) {
			return nil, damaged(PNG, fmt.Sprintf("the checksum of its chunk %q is wrong", kind))
		}
		b = b[12+length:]
		if !p.fits(kind, length) {
			return nil, damaged(PNG, fmt.Sprintf("its chunk %q is out of place or has the wrong length", kind))
		}
		switch kind {
		case "IEND":
			return p, nil
		case "PLTE":
			p.palette = body
		case "tRNS":
			if p.alpha = body; !c.indexed {
				p.alpha, p.key = nil, body
			}
		case "IDAT":
			if consecutive {
				p.data = append(p.data, body)
			}
		}
		consecutive = consecutive && (kind == "IDAT" || len(p.data) == 0)
		switch kind {
		case "IHDR", "PLTE", "tRNS", "IDAT":
			p.last = kind
		}
	}
}

// fits says whether a chunk may come now and has a length that it can have. Chunks without a bearing on pixels always may.
func (p *pngChunks) fits(kind string, length int) bool {
	c := p.coding
	switch kind {
	case "IHDR":
		return p.last == ""
	case "PLTE":
		coloured := c.indexed || c.components >= 3
		return p.last == "IHDR" && coloured && length%3 == 0 && 0 < length && length <= 3*min(256, 1<<c.depth)
	case "tRNS":
		switch {
		case c.indexed:
			return p.last == "PLTE" && length <= 256
		case c.components == 3:
			return (p.last == "IHDR" || p.last == "PLTE") && length == 6
		}
		return p.last == "IHDR" && c.components == 1 && length == 2
	case "IDAT":
		return !c.indexed || p.last != "IHDR"
	case "IEND":
		return p.last == "IDAT" && length == 0
	}
	return true
}

// colours are those of each value of one component with 8 bits or less, on white.
func (p *pngChunks) colours() (table [256][3]byte) {
	white := func(v, alpha byte) byte {
		a := uint32(alpha)
		return byte(((255-a)*257 + uint32(v)*a*257/255) >> 8) // as package image/draw does
	}
	if !p.coding.indexed {
		largest := 1<<p.coding.depth - 1
		for i := range largest + 1 {
			v := byte(i * (255 / largest))
			if p.key != nil && v == p.key[1]*byte(255/largest) {
				v = 255
			}
			table[i] = [3]byte{v, v, v}
		}
		return table
	}
	for i := range table {
		alpha := byte(255)
		if i < len(p.alpha) {
			alpha = p.alpha[i]
		}
		var colour [3]byte // what has none is black
		if 3*i < len(p.palette) {
			colour = [3]byte(p.palette[3*i:])
		}
		for c, v := range colour {
			table[i][c] = white(v, alpha)
		}
	}
	return table
}

// rawKey is the transparent colour as it lies in a row, where colours does not take care of it.
func (p *pngChunks) rawKey() []byte {
	switch {
	case p.coding.depth == 16:
		return p.key
	case p.coding.components == 3 && p.key != nil:
		return []byte{p.key[1], p.key[3], p.key[5]}
	}
	return nil
}
