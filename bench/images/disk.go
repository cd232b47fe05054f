package main

import (
	"bufio"
	"encoding/binary"
	"math/rand/v2"
	"os"
)

// writeDisk makes a disk of noise behind a partition table.
func writeDisk(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	noise := rand.NewChaCha8([32]byte{1})
	block := make([]byte, 1<<20)
	for done := int64(0); done < size; done += int64(len(block)) {
		_, _ = noise.Read(block) // never fails
		if done == 0 {
			clear(block)
			block[450] = 0x83 // Linux
			binary.LittleEndian.PutUint32(block[454:], 1)
			binary.LittleEndian.PutUint32(block[458:], uint32(size/512-1))
			block[510], block[511] = 0x55, 0xaa
		}
		if _, err := w.Write(block); err != nil {
			return err
		}
	}
	return w.Flush()
}

// patch overwrites 1 % of a disk: runs of 64 KiB to 8 MiB at places that chance chooses, as updates of programs do.
func patch(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	random := rand.New(rand.NewPCG(1, 2))
	noise := rand.NewChaCha8([32]byte{2})
	for left := size / 100; left > 0; {
		run := make([]byte, min(left, 64<<10+random.Int64N(8<<20)))
		_, _ = noise.Read(run) // never fails
		at := 1<<20 + random.Int64N((size-1<<20-int64(len(run)))/4096)*4096
		if _, err := f.WriteAt(run, at); err != nil {
			return err
		}
		left -= int64(len(run))
	}
	return nil
}
