package awswire

// The codec as the tests walk it, without HTTP around it.
var (
	DecodeJSON = decodeJSON
	EncodeJSON = encodeJSON
	Validate   = validate
)
