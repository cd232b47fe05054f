package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
)

const partition = mib // where the only partition begins

// makeDisk writes a raw disk with one partition, whose ext4 file system holds the tree.
func makeDisk(ctx context.Context, path, tree string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		return err
	}
	if _, err := file.WriteAt(bootRecord(size), 0); err != nil {
		return err
	}
	if err := command(ctx, "", "mke2fs", "-q", "-F", "-t", "ext4", "-E", fmt.Sprint("offset=", partition), "-d", tree, path,
		fmt.Sprintf("%dk", (size-partition)/kib)); err != nil {
		return err
	}
	return age(file, size)
}

// age frees pieces of a disk all over, as files do that are deleted and trimmed. A fresh file system has all its room at the end,
// where writes into it shift nothing of a file that is converted.
func age(disk *os.File, size int64) error {
	draw := rand.New(rand.NewPCG(0, 0)) // the same holes in every version
	for at := int64(64 * mib); at < size-8*mib; at += 16*mib + draw.Int64N(16*mib)&^4095 {
		if _, err := disk.WriteAt(make([]byte, 256*kib+draw.IntN(6*mib)&^4095), at); err != nil {
			return err
		}
	}
	return nil
}

// bootRecord is a master boot record with one Linux partition.
func bootRecord(size int64) []byte {
	record := make([]byte, 512)
	entry := record[446:]
	entry[0], entry[4] = 0x80, 0x83
	binary.LittleEndian.PutUint32(entry[8:], partition/512)
	binary.LittleEndian.PutUint32(entry[12:], uint32((size-partition)/512))
	record[510], record[511] = 0x55, 0xaa
	return record
}

// convert writes a raw disk anew as one of the formats.
func convert(ctx context.Context, raw, format, to string) error {
	args := map[string][]string{"qcow2": {"-O", "qcow2"}, "qcow2 -c": {"-c", "-O", "qcow2"}, "vhd": {"-O", "vpc", "-o", "subformat=dynamic"}}[format]
	return command(ctx, "", "qemu-img", append(append([]string{"convert", "-f", "raw"}, args...), raw, to)...)
}

func copyFile(ctx context.Context, from, to string) error {
	return command(ctx, "", "cp", "--sparse=always", from, to)
}

// command runs a program with that input; its words become part of the error.
func command(ctx context.Context, input, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out[max(0, len(out)-500):])
	}
	return nil
}
