package corpus

import (
	"encoding/binary"
	"math/rand/v2"
)

// Disk makes a raw disk of a size in bytes, a multiple of 512, with a partition and, after some room, noise that a seed
// decides.
func Disk(size int, seed uint64) []byte {
	disk := make([]byte, size)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(disk[min(size, 1<<20):]) // never fails
	entry := disk[446:462]
	entry[4] = 0x83 // Linux
	binary.LittleEndian.PutUint32(entry[8:], 1)
	binary.LittleEndian.PutUint32(entry[12:], uint32(size/512-1))
	disk[510], disk[511] = 0x55, 0xaa
	return disk
}
