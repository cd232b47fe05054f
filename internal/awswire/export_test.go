package awswire

// The codec as the tests walk it, without HTTP around it.
var (
	DecodeJSON = decodeJSON
	EncodeJSON = encodeJSON
	DecodeCBOR = decodeCBOR
	EncodeCBOR = encodeCBOR
	Validate   = validate
)
