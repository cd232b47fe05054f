package awswire

import (
	"encoding/binary"
	"math"
)

// The major types of CBOR, and the marks within them that mean something here.
const (
	majorUnsigned = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple

	tagEpoch = 1

	simpleFalse, simpleTrue, simpleNull, simpleUndefined = 20, 21, 22, 23
	floatHalf, floatSingle, floatDouble                  = 25, 26, 27
	indefinite                                           = 31 // length; among the simple values, the break that ends it
)

// head is how a value of CBOR begins: its type, and its number, its length or the bits of a float. See RFC 8949, section 3.
type head struct {
	major, info byte
	argument    uint64
	size        int // bytes of the head itself
}

// readHead reads the head that b begins with; false where none does.
func readHead(b []byte) (head, bool) {
	if len(b) == 0 {
		return head{}, false
	}
	h := head{major: b[0] >> 5, info: b[0] & 31, size: 1}
	switch {
	case h.info < 24:
		h.argument = uint64(h.info)
	case h.info <= 27:
		n := 1 << (h.info - 24)
		if h.size += n; len(b) < h.size {
			return head{}, false
		}
		var wide [8]byte
		copy(wide[8-n:], b[1:h.size])
		h.argument = binary.BigEndian.Uint64(wide[:])
		if h.major == majorSimple && h.info == 24 && h.argument < 32 { // these have one form only
			return head{}, false
		}
	case h.info != indefinite || h.major < majorBytes || h.major == majorTag:
		return head{}, false
	}
	return h, true
}

// appendHead writes the beginning of a value in its shortest form.
func appendHead(b []byte, major byte, argument uint64) []byte {
	major <<= 5
	switch {
	case argument < 24:
		return append(b, major|byte(argument))
	case argument <= math.MaxUint8:
		return append(b, major|24, byte(argument))
	case argument <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(argument))
	case argument <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(argument))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), argument)
}

// halfFloat reads IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction.
func halfFloat(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)
	switch {
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	case exponent < 31:
		return sign * math.Ldexp(fraction+1024, exponent-25)
	case fraction == 0:
		return math.Inf(int(sign))
	}
	return math.NaN()
}
