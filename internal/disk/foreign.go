package disk

import "strings"

// foreign is a kind of file that people have instead of one that can be checked.
type foreign struct {
	at     int // where its magic is, in bytes
	magic  string
	name   string
	remedy string
}

const (
	convert    = `write it anew with "qemu-img convert -O qcow2 FILE NEW"`
	decompress = "decompress it"
	unpack     = "unpack it"
	unlock     = `unlock it and write it anew without encryption: "qemu-img convert" does that when it is given the secret`
	isoMagic   = "CD001"
)

var foreigners = []foreign{
	{0, "vhdxfile", "a VHDX file", convert},
	{0, "KDMV", "a VMDK file", convert},
	{0, "COWD", "a VMDK file", convert},
	{0, "# Disk DescriptorFile", "the description of a VMDK disk, without its data", convert + ", beside the files that it names"},
	{0x40, "\x7f\x10\xda\xbe", "a VDI file", convert},
	{0, qcow1Magic, "a qcow file of version 1", convert},
	{0, "QED\x00", "a QED file", convert},
	{0, "WithoutFreeSpace", "a Parallels disk", convert},
	{0, "WithouFreSpacExt", "a Parallels disk", convert},
	{0, "LUKS\xba\xbe", "encrypted (LUKS)", unlock},
	{0, "MSWIM\x00\x00\x00", "a Windows image (WIM), not a disk", "apply it to a disk, and upload that"},
	{0, "\x1f\x8b\x08", "compressed with gzip", decompress + ` ("gunzip FILE")`},
	{0, "\xfd7zXZ\x00", "compressed with xz", decompress + ` ("unxz FILE")`},
	{0, "\x28\xb5\x2f\xfd", "compressed with zstd", decompress + ` ("unzstd FILE")`},
	{0, "\x04\x22\x4d\x18", "compressed with lz4", decompress + ` ("unlz4 FILE")`},
	{0, "BZh", "compressed with bzip2", decompress + ` ("bunzip2 FILE")`},
	{0, "PK\x03\x04", "a zip archive", unpack + ` ("unzip FILE")`},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", unpack + ` ("7z x FILE")`},
	{257, "ustar", "a tar archive (an OVA file is one)", unpack + ` ("tar xf FILE") and upload the disk in it`},
	{32769, isoMagic, "a CD or DVD image (ISO 9660)",
		"install from it onto a disk and upload that, or, where it is to be used as a disk, " + convert},
}

// refuseForeign refuses what is recognised as something else by its magic bytes. Those of a CD may be left from what a
// raw disk was before, outside its partitions, so they do not matter where raw is what the owner says.
func (f *file) refuseForeign(want Format) error {
	for _, kind := range foreigners {
		if kind.magic == isoMagic && want == Raw || len(f.head) < kind.at {
			continue
		}
		if strings.HasPrefix(string(f.head[kind.at:min(len(f.head), kind.at+len(kind.magic))]), kind.magic) {
			return errorf("the file is %s, which is not supported: %s", kind.name, kind.remedy)
		}
	}
	return nil
}
