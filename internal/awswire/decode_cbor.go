package awswire

import (
	"math"
	"unicode/utf8"
)

// decodeCBOR reads body, one CBOR map, into the struct that into points at, walking its schema. An empty body is an
// empty map. Every error is a SerializationException. Blobs lie within body, which is theirs from then on.
//
// Source: "Smithy RPC v2 CBOR protocol", smithy.io, and RFC 8949.
func decodeCBOR(body []byte, s *Shape, into any) error {
	if len(body) == 0 {
		return nil
	}
	in := &cborSource{body: body}
	if err := decode(in, s, into); err != nil {
		return err
	}
	if in.at < len(body) {
		return trailing(int64(in.at))
	}
	return nil
}

// What begins a value in CBOR alone.
const (
	bytesValue  token = "BYTES_VALUE"
	timeValue   token = "TIMESTAMP_VALUE"
	tagValue    token = "TAG_VALUE"
	simpleValue token = "SIMPLE_VALUE"
)

// cborSource reads CBOR. Lengths are believed only as far as the body goes, and nothing is set aside on their word.
type cborSource struct {
	body  []byte
	at    int // next byte
	stack []container
}

// container is a structure, map or list that is being read.
type container struct {
	left       uint64              // items, or pairs, that are still to come
	indefinite bool                // until a break, whatever is left
	names      map[string]struct{} // read so far
}

// head reads how the next value begins, and leaves it there.
func (c *cborSource) head() (head, error) {
	h, ok := readHead(c.body[c.at:])
	if !ok {
		return head{}, c.malformed()
	}
	return h, nil
}

// isBreak reports whether an indefinite length ends here.
func (c *cborSource) isBreak() bool {
	return c.at < len(c.body) && c.body[c.at] == majorSimple<<5|indefinite
}

func (c *cborSource) peek() (token, error) {
	h, err := c.head()
	if err != nil {
		return "", err
	}
	switch h.major {
	case majorUnsigned, majorNegative:
		return numberValue, nil
	case majorBytes:
		return bytesValue, nil
	case majorText:
		return stringValue, nil
	case majorArray:
		return startArray, nil
	case majorMap:
		return startObject, nil
	case majorTag:
		if h.argument == tagEpoch {
			return timeValue, nil
		}
		return tagValue, nil
	}
	switch h.info {
	case simpleFalse:
		return falseValue, nil
	case simpleTrue:
		return trueValue, nil
	case simpleNull, simpleUndefined: // a server must take undefined for null
		return nullValue, nil
	case floatHalf, floatSingle, floatDouble:
		return numberValue, nil
	case indefinite:
		return "", c.malformed()
	}
	return simpleValue, nil
}

func (c *cborSource) carries(t token, k Kind) bool {
	switch k {
	case Structure, Map:
		return t == startObject
	case List:
		return t == startArray
	case Boolean:
		return t == trueValue || t == falseValue
	case String:
		return t == stringValue
	case Blob:
		return t == bytesValue
	case Timestamp:
		return t == timeValue
	}
	return t == numberValue
}

func (c *cborSource) open() error {
	h, err := c.head()
	if err != nil {
		return err
	}
	c.at += h.size
	c.stack = append(c.stack, container{left: h.argument, indefinite: h.info == indefinite})
	return nil
}

func (c *cborSource) more() (bool, error) {
	top := &c.stack[len(c.stack)-1]
	switch {
	case top.indefinite && c.isBreak():
		c.at++
	case top.indefinite:
		return true, nil
	case top.left > 0:
		top.left--
		return true, nil
	}
	c.stack = c.stack[:len(c.stack)-1]
	return false, nil
}

func (c *cborSource) name() (string, error) {
	start := c.at
	if next, err := c.peek(); err != nil {
		return "", err
	} else if next != stringValue {
		return "", Errorf(CodeSerialization, "The request body has a member whose name is no text, at byte %d.", start)
	}
	name, err := c.text()
	if err != nil {
		return "", err
	}
	top := &c.stack[len(c.stack)-1]
	if _, ok := top.names[name]; ok {
		return "", repeated(int64(start))
	}
	if top.names == nil {
		top.names = map[string]struct{}{}
	}
	top.names[name] = struct{}{}
	return name, nil
}

func (c *cborSource) text() (string, error) {
	text, err := c.bytes()
	return string(text), err
}

func (c *cborSource) blob() ([]byte, error) { return c.bytes() }

// bytes reads a byte string or text, in one piece or many.
func (c *cborSource) bytes() ([]byte, error) {
	h, err := c.head()
	if err != nil {
		return nil, err
	}
	if h.info != indefinite {
		return c.piece(h)
	}
	c.at++
	all := []byte{}
	for !c.isBreak() {
		next, err := c.head()
		if err != nil {
			return nil, err
		}
		if next.major != h.major || next.info == indefinite {
			return nil, c.malformed()
		}
		piece, err := c.piece(next)
		if err != nil {
			return nil, err
		}
		all = append(all, piece...)
	}
	c.at++
	return all, nil
}

// piece reads a byte string or text of a known length. Every piece of a text must be text of its own.
func (c *cborSource) piece(h head) ([]byte, error) {
	start := c.at + h.size
	if h.argument > uint64(len(c.body)-start) {
		return nil, c.malformed()
	}
	end := start + int(h.argument)
	piece := c.body[start:end:end]
	if h.major == majorText && !utf8.Valid(piece) {
		return nil, c.malformed()
	}
	c.at = end
	return piece, nil
}

// integer takes no float, be it a whole one: the protocol lets a float be sent as an integer, never the reverse.
func (c *cborSource) integer() (int64, error) {
	h, err := c.head()
	if err != nil {
		return 0, err
	}
	c.at += h.size
	switch {
	case h.major == majorSimple || h.argument > math.MaxInt64:
		return 0, errUnfit
	case h.major == majorNegative:
		return -1 - int64(h.argument), nil
	}
	return int64(h.argument), nil
}

// float reads a number, or the number of a timestamp within its tag.
func (c *cborSource) float() (float64, error) {
	h, err := c.head()
	if err == nil && h.major == majorTag {
		c.at += h.size
		h, err = c.head()
	}
	if err != nil {
		return 0, err
	}
	c.at += h.size
	switch {
	case h.major == majorUnsigned:
		return float64(h.argument), nil
	case h.major == majorNegative:
		return -1 - float64(h.argument), nil
	case h.major != majorSimple:
		return 0, errUnfit
	}
	switch h.info {
	case floatHalf:
		return halfFloat(uint16(h.argument)), nil
	case floatSingle:
		return float64(math.Float32frombits(uint32(h.argument))), nil
	case floatDouble:
		return math.Float64frombits(h.argument), nil
	}
	return 0, errUnfit
}

// skip reads a value that nobody asked for; names within it may occur twice, since nobody reads them.
func (c *cborSource) skip() error { return c.discard(len(c.stack)) }

func (c *cborSource) discard(depth int) error {
	h, err := c.head()
	if err != nil {
		return err
	}
	items := h.argument
	switch h.major {
	case majorBytes, majorText:
		_, err := c.bytes()
		return err
	case majorArray:
	case majorMap:
		if items > math.MaxUint64/2 {
			return c.malformed()
		}
		items *= 2
	case majorTag:
		items = 1
	default:
		if h.info == indefinite {
			return c.malformed()
		}
		c.at += h.size
		return nil
	}
	if depth >= maxDepth {
		return tooDeep()
	}
	c.at += h.size
	if h.info != indefinite {
		for ; items > 0; items-- { // a false length ends with the body
			if err := c.discard(depth + 1); err != nil {
				return err
			}
		}
		return nil
	}
	for n := 0; ; n++ {
		if c.isBreak() && (h.major == majorArray || n%2 == 0) {
			c.at++
			return nil
		}
		if err := c.discard(depth + 1); err != nil {
			return err
		}
	}
}

// malformed says where the body stops being CBOR.
func (c *cborSource) malformed() error {
	return Errorf(CodeSerialization, "The request body is not valid CBOR at byte %d.", c.at)
}
