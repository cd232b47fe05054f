package main

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/jc"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/ultracdc"

	"ownsight/internal/chunk"
)

const kib, mib = 1 << 10, 1 << 20

// A cutter hands the chunks of a disk over in their order.
type cutter struct {
	name string
	cut  func(disk []byte, each func(chunk []byte)) error
}

func cutters() []cutter {
	list := []cutter{{"fixed 4 KiB", fixed(4 * kib)}, {"fixed 256 KiB", fixed(256 * kib)}, {"fixed 512 KiB", fixed(512 * kib)},
		{"internal/chunk", chosen}, {"fixed 1 MiB", fixed(mib)}, {"fixed 2 MiB", fixed(2 * mib)}, {"fixed 4 MiB", fixed(4 * mib)}, {"fixed 8 MiB", fixed(8 * mib)}}
	for _, s := range []struct {
		name string
		avg  int
	}{{"512 KiB", mib / 2}, {"1 MiB", mib}, {"2 MiB", 2 * mib}, {"4 MiB", 4 * mib}} {
		for _, algorithm := range []string{"fastcdc-v1.0.0", "jc-v1.0.0", "ultracdc"} {
			list = append(list, cutter{algorithm + " " + s.name, library(algorithm, s.avg/4, s.avg, s.avg*4)})
		}
		list = append(list,
			cutter{"fastcdc-v1.0.0 tight " + s.name, library("fastcdc-v1.0.0", s.avg/2, s.avg, s.avg*2)},
			cutter{"lowest sector " + s.name, each(lowestSector(s.avg/2, s.avg*3/2))},
			cutter{"lowest " + s.name, each(lowest(s.avg/2, s.avg*3/2))})
	}
	list = append(list, cutter{"lowest narrow 512 KiB", each(lowest(mib*3/8, mib*5/8))}, cutter{"lowest wide 512 KiB", each(lowest(mib/8, mib*7/8))},
		cutter{"lowest narrow 1 MiB", each(lowest(mib*3/4, mib*5/4))}, cutter{"lowest wide 1 MiB", each(lowest(mib/4, mib*7/4))})
	// These have the masks of 8 KiB whatever size is asked for, so what they are asked for is the smallest chunk.
	return append(list,
		cutter{"fastcdc 512 KiB", library("fastcdc", mib/8, mib/2, 2*mib)},
		cutter{"jc 512 KiB", library("jc", mib/8, mib/2, 2*mib)})
}

func fixed(size int) func([]byte, func([]byte)) error {
	return each(func(rest []byte) int { return min(size, len(rest)) })
}

// each calls cut, which says how long the first chunk of the rest is.
func each(cut func(rest []byte) int) func([]byte, func([]byte)) error {
	return func(disk []byte, each func([]byte)) error {
		for len(disk) > 0 {
			n := cut(disk)
			each(disk[:n])
			disk = disk[n:]
		}
		return nil
	}
}

// library cuts by github.com/PlakarKorp/go-cdc-chunkers.
func library(algorithm string, least, normal, most int) func([]byte, func([]byte)) error {
	return func(disk []byte, each func([]byte)) error {
		c, err := chunkers.NewChunker(algorithm, bytes.NewReader(disk), &chunkers.ChunkerOpts{MinSize: least, NormalSize: normal, MaxSize: most})
		if err != nil {
			return err
		}
		for {
			chunk, err := c.Next()
			if len(chunk) > 0 {
				each(chunk)
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// lowestSector cuts behind the sector of 512 bytes whose checksum is the lowest of those that may be a chunk's last.
func lowestSector(least, most int) func([]byte) int {
	const sector = 512
	return func(rest []byte) int {
		if len(rest) <= least {
			return len(rest)
		}
		rest = rest[:min(most, len(rest))]
		at, best := len(rest), ^uint32(0)
		for end := least; end <= len(rest); end += sector {
			block := rest[end-sector : end]
			if block[0]|block[sector/2]|block[sector-1] == 0 && chunk.IsZero(block) {
				continue
			}
			if sum := crc32.Checksum(block, castagnoli) * 0x9e3779b1; sum < best {
				at, best = end, sum
			}
		}
		return at
	}
}

// lowest cuts behind the byte where a rolling hash of 64 bytes is the lowest of those that may be a chunk's last.
func lowest(least, most int) func([]byte) int {
	table := gear()
	return func(rest []byte) int {
		if len(rest) <= least {
			return len(rest)
		}
		rest = rest[:min(most, len(rest))]
		var h uint64
		for _, v := range rest[least-64 : least] {
			h = h<<1 + table[v]
		}
		end, best := len(rest), ^uint64(0)
		for i, v := range rest[least:] {
			h = h<<1 + table[v]
			if h >= best {
				continue
			}
			end, best = least+i+1, h
		}
		return end
	}
}

// chosen is what images are really cut by.
func chosen(disk []byte, each func([]byte)) error {
	c, buf := chunk.New(bytes.NewReader(disk)), make([]byte, chunk.Max)
	for {
		piece, err := c.Next(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		each(piece)
	}
}

// gear is drawn by splitmix64. The hash of zeros is all ones, so they are never the lowest.
func gear() *[256]uint64 {
	var table [256]uint64
	state := uint64(0)
	for i := range table {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		table[i] = z ^ z>>31
	}
	table[0] = 1
	return &table
}
