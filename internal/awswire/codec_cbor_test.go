package awswire_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ownsight/internal/awswire"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
)

// parts has a member of every kind; whole holds it.
type (
	parts struct {
		Text   *string
		Bytes  []byte
		Flag   *bool
		Count  *int32
		Long   *int64
		Single *float64
		Double *float64
		When   *time.Time
		Texts  []string
		Tags   map[string]string
	}
	whole struct {
		One  *parts
		Many []parts
	}
)

func kind(k awswire.Kind) *awswire.Shape { return &awswire.Shape{Kind: k} }

var (
	schemaParts = awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{
		{Name: "Text", Shape: kind(awswire.String)}, {Name: "Bytes", Shape: kind(awswire.Blob)},
		{Name: "Flag", Shape: kind(awswire.Boolean)}, {Name: "Count", Shape: kind(awswire.Integer)},
		{Name: "Long", Shape: kind(awswire.Long)}, {Name: "Single", Shape: kind(awswire.Float)},
		{Name: "Double", Shape: kind(awswire.Double)}, {Name: "When", Shape: kind(awswire.Timestamp)},
		{Name: "Texts", Shape: &awswire.Shape{Kind: awswire.List, Item: kind(awswire.String), Max: new(3.0)}},
		{Name: "Tags", Shape: &awswire.Shape{Kind: awswire.Map, Key: kind(awswire.String), Item: kind(awswire.String)}},
	}}
	schemaWhole = awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{
		{Name: "One", Shape: &schemaParts}, {Name: "Many", Shape: &awswire.Shape{Kind: awswire.List, Item: &schemaParts}},
	}}
)

// unhex reads hexadecimal digits with spaces between them.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err, text)
	return b
}

// marshal writes CBOR by other means than the package.
func marshal(t testing.TB, value any) []byte {
	t.Helper()
	b, err := cbor.Marshal(value)
	require.NoError(t, err)
	return b
}

// entry is the CBOR map of one member, whose value is given in hexadecimal digits.
func entry(t testing.TB, name, value string) []byte {
	return slices.Concat([]byte{0xa1}, marshal(t, name), unhex(t, value))
}

func TestDecodeCBOR(t *testing.T) {
	day := time.Date(2023, 7, 28, 16, 25, 51, 958_000_000, time.UTC)
	want := parts{
		Text: new("kéy"), Bytes: []byte{0xff, 0}, Flag: new(false), Count: new(int32(-500)), Long: new(int64(math.MinInt64)),
		Single: new(2.5), Double: new(0.1), When: &day, Texts: []string{"a", ""}, Tags: map[string]string{"k": "v", "": ""},
	}
	one := map[string]any{
		"Text": "kéy", "Bytes": []byte{0xff, 0}, "Flag": false, "Count": -500, "Long": int64(math.MinInt64),
		"Single": float32(2.5), "Double": 0.1, "When": cbor.Tag{Number: 1, Content: 1690561551.958},
		"Texts": []string{"a", ""}, "Tags": map[string]string{"k": "v", "": ""},
		"text": 5, "Unknown": map[any]any{1: []any{nil, "x", cbor.Tag{Number: 999, Content: 1.5}}, "a": map[string]int{"b": 1}},
	}
	var got whole
	body := marshal(t, map[string]any{"One": one, "Many": []any{map[string]any{}, one}})
	require.NoError(t, awswire.DecodeCBOR(body, &schemaWhole, &got))
	require.Equal(t, whole{One: &want, Many: []parts{{}, want}}, got)

	for _, empty := range []string{"", "a0", "bf ff"} {
		var none parts
		require.NoError(t, awswire.DecodeCBOR(unhex(t, empty), &schemaParts, &none), empty)
		require.Zero(t, none)
	}
}

func TestDecodeCBORForms(t *testing.T) {
	at := func(seconds int64, ms int) *time.Time { return new(time.Unix(seconds, int64(ms)*1e6).UTC()) }
	for _, c := range []struct {
		name, value string
		want        parts
	}{
		{"Text", "60", parts{Text: new("")}},
		{"Text", "7f ff", parts{Text: new("")}},
		{"Text", "7f 61 61 60 62 c3 bc ff", parts{Text: new("aü")}},
		{"Text", "7b 00 00 00 00 00 00 00 01 61", parts{Text: new("a")}},
		{"Text", "f6", parts{}},
		{"Text", "f7", parts{}}, // undefined
		{"Bytes", "40", parts{Bytes: []byte{}}},
		{"Bytes", "5f 41 01 42 02 03 ff", parts{Bytes: []byte{1, 2, 3}}},
		{"Flag", "f5", parts{Flag: new(true)}},
		{"Count", "1a 7f ff ff ff", parts{Count: new(int32(math.MaxInt32))}},
		{"Count", "3a 7f ff ff ff", parts{Count: new(int32(math.MinInt32))}},
		{"Count", "1b 00 00 00 00 00 00 00 05", parts{Count: new(int32(5))}},
		{"Long", "1b 7f ff ff ff ff ff ff ff", parts{Long: new(int64(math.MaxInt64))}},
		{"Single", "fb 3f b9 99 99 99 99 99 9a", parts{Single: new(0.1)}},
		{"Single", "05", parts{Single: new(5.0)}},
		{"Double", "f9 3e 00", parts{Double: new(1.5)}},
		{"Double", "f9 80 01", parts{Double: new(-math.Ldexp(1, -24))}},
		{"Double", "f9 fb ff", parts{Double: new(-65504.0)}},
		{"Double", "f9 fc 00", parts{Double: new(math.Inf(-1))}},
		{"Double", "fa 7f 80 00 00", parts{Double: new(math.Inf(1))}},
		{"Double", "38 63", parts{Double: new(-100.0)}},
		{"Double", "1b ff ff ff ff ff ff ff ff", parts{Double: new(math.Ldexp(1, 64))}},
		{"When", "c1 00", parts{When: at(0, 0)}},
		{"When", "c1 38 63", parts{When: at(-100, 0)}},
		{"When", "d8 01 1a 64 c3 d9 4f", parts{When: at(1690556751, 0)}},
		{"When", "c1 f9 3e 00", parts{When: at(1, 500)}},
		{"When", "c1 fa bf c0 00 00", parts{When: at(-2, 500)}},
		{"When", "c1 fb 41 d9 30 f6 53 fd 4f df", parts{When: at(1690556751, 958)}},
		{"Texts", "80", parts{Texts: []string{}}},
		{"Texts", "9f 61 61 7f 61 62 ff ff", parts{Texts: []string{"a", "b"}}},
		{"Texts", "86 60 60 60 60 05 a1 01 02", parts{Texts: []string{"", "", "", ""}}}, // one past the bound, the rest unread
		{"Tags", "a0", parts{Tags: map[string]string{}}},
		{"Tags", "bf 7f 61 61 ff 61 62 ff", parts{Tags: map[string]string{"a": "b"}}},
		{"Else", "bf 01 9f 5f 40 ff f0 f8 ff ff c1 60 fb 00 00 00 00 00 00 00 00 ff", parts{}},
	} {
		var got parts
		require.NoError(t, awswire.DecodeCBOR(entry(t, c.name, c.value), &schemaParts, &got), "%s: %s", c.name, c.value)
		require.Equal(t, c.want, got, "%s: %s", c.name, c.value)
	}
	var got parts
	require.NoError(t, awswire.DecodeCBOR(entry(t, "Single", "f9 7e 00"), &schemaParts, &got))
	require.True(t, math.IsNaN(*got.Single))
}

// A number that is none is within no bounds.
func TestNaNIsOutOfBounds(t *testing.T) {
	var in DetectCustomLabelsRequest
	body := marshal(t, map[string]any{"MinConfidence": math.NaN(), "ProjectVersionArn": versionARN, "Image": map[string]any{"Bytes": []byte{1}}})
	require.NoError(t, awswire.DecodeCBOR(body, opDetectCustomLabels.Input, &in))
	require.ErrorContains(t, awswire.Validate(opDetectCustomLabels.Input, &in), "'minConfidence' failed to satisfy constraint")
}

func TestDecodeCBORRefuses(t *testing.T) {
	const malformed = "The request body is not valid CBOR at byte "
	for _, c := range []struct{ member, value, want string }{
		{"", "80", "START_ARRAY can not be converted to a structure."},
		{"", "f6", "NULL_VALUE can not be converted to a structure."},
		{"", "d9 d9 f7 a0", "TAG_VALUE can not be converted to a structure."},
		{"Text", "05", "NUMBER_VALUE can not be converted to a String at 'text'."},
		{"Text", "41 61", "BYTES_VALUE can not be converted to a String at 'text'."},
		{"Text", "f5", "TRUE_VALUE can not be converted to a String at 'text'."},
		{"Text", "f0", "SIMPLE_VALUE can not be converted to a String at 'text'."},
		{"Bytes", "61 61", "STRING_VALUE can not be converted to a Blob at 'bytes'."},
		{"Flag", "01", "NUMBER_VALUE can not be converted to a Boolean at 'flag'."},
		{"Count", "1a 80 00 00 00", "The number at 'count' can not be converted to an Integer."},
		{"Count", "3a 80 00 00 00", "The number at 'count' can not be converted to an Integer."},
		{"Count", "f9 3c 00", "The number at 'count' can not be converted to an Integer."}, // 1.0
		{"Count", "c2 41 05", "TAG_VALUE can not be converted to an Integer at 'count'."},  // a bignum
		{"Long", "1b 80 00 00 00 00 00 00 00", "The number at 'long' can not be converted to a Long."},
		{"Long", "3b ff ff ff ff ff ff ff ff", "The number at 'long' can not be converted to a Long."},
		{"Double", "61 35", "STRING_VALUE can not be converted to a Double at 'double'."},
		{"When", "05", "NUMBER_VALUE can not be converted to a Timestamp at 'when'."},
		{"When", "c0 61 35", "TAG_VALUE can not be converted to a Timestamp at 'when'."},
		{"When", "c1 61 35", "The number at 'when' can not be converted to a Timestamp."},
		{"When", "c1 c1 05", "The number at 'when' can not be converted to a Timestamp."},
		{"When", "c1 f5", "The number at 'when' can not be converted to a Timestamp."},
		{"When", "c1 f9 7e 00", "The number at 'when' can not be converted to a Timestamp."},
		{"When", "c1 1b 00 00 00 e8 d4 a5 10 00", "The number at 'when' can not be converted to a Timestamp."}, // 10^12
		{"When", "c1 3b ff ff ff ff ff ff ff ff", "The number at 'when' can not be converted to a Timestamp."},
		{"Texts", "82 61 61 f4", "FALSE_VALUE can not be converted to a String at 'texts.2.member'."},
		{"Texts", "81 f6", "NULL_VALUE can not be converted to a String at 'texts.1.member'."},
		{"Tags", "a1 63 4b 65 79 01", "NUMBER_VALUE can not be converted to a String at 'tags.key'."},
		{"Tags", "a2 61 6b 60 61 6b 60", "The request body has a member twice, at byte 10."},
		{"Tags", "a1 01 60", "The request body has a member whose name is no text, at byte 7."},
		{"", "a2 61 78 01 61 78 01", "The request body has a member twice, at byte 4."},
		{"", "a2 61 78 01 7f 61 78 ff 01", "The request body has a member twice, at byte 4."},
		{"", "a0 00", "The request body goes on after its end at byte 1."},
		{"", "a1", malformed + "1."},
		{"", "bf", malformed + "1."},
		{"", "bf 61 78 ff", malformed + "3."},
		{"", "a1 61 78 ff", malformed + "3."},
		{"", "a1 ff", malformed + "1."},
		{"", "1c", malformed + "0."},
		{"", "1f", malformed + "0."},
		{"", "df", malformed + "0."},
		{"", "bb 00 00 00", malformed + "0."},
		{"Text", "62 61", malformed + "6."},
		{"Text", "7b 7f ff ff ff ff ff ff ff 61", malformed + "6."},
		{"Text", "7b ff ff ff ff ff ff ff ff 61", malformed + "6."},
		{"Text", "61 ff", malformed + "6."},
		{"Text", "7f 61 c3 61 bc ff", malformed + "7."}, // one letter, cut in two
		{"Text", "7f 41 61 ff", malformed + "7."},
		{"Text", "7f 7f 61 61 ff ff", malformed + "7."},
		{"Text", "7f 61 61", malformed + "9."},
		{"Else", "61 ff", malformed + "6."},
		{"Else", "f8 18", malformed + "6."},
		{"Else", "ff", malformed + "6."},
		{"Else", "bf 01 ff", malformed + "8."},
		{"Else", "9b ff ff ff ff ff ff ff ff", malformed + "15."},
		{"Else", "bb ff ff ff ff ff ff ff ff", malformed + "6."},
		{"Else", "bb 7f ff ff ff ff ff ff ff 01", malformed + "16."},
		{"Else", "c1", malformed + "7."},
		{"Else", strings.Repeat("81", 64) + "00", "The request is nested more than 64 levels deep."},
		{"Else", strings.Repeat("c1", 64) + "00", "The request is nested more than 64 levels deep."},
		{"Else", strings.Repeat("bf 60", 1_000_000), "The request is nested more than 64 levels deep."},
	} {
		name := c.member + " " + c.value[:min(len(c.value), 30)]
		t.Run(name, func(t *testing.T) {
			body := unhex(t, c.value)
			if c.member != "" {
				body = entry(t, c.member, c.value)
			}
			err := awswire.DecodeCBOR(body, &schemaParts, new(parts))
			require.Equal(t, &awswire.Error{Code: "SerializationException", Message: c.want}, err)
		})
	}
	require.NoError(t, awswire.DecodeCBOR(entry(t, "Else", strings.Repeat("81", 63)+"00"), &schemaParts, new(parts)))
}

// A list without a bound of its own, and a structure of names that nobody knows, are bounded all the same; what is only
// skipped costs nothing.
func TestDecodedValuesAreBounded(t *testing.T) {
	const message = "The request holds more than 65536 values."
	names := map[string]int{}
	for i := range 70_000 {
		names[hex.EncodeToString([]byte{byte(i >> 16), byte(i >> 8), byte(i)})] = 1
	}
	empty := slices.Concat([]byte{0x9f}, bytes.Repeat([]byte{0xa0}, 70_000), []byte{0xff})
	for _, body := range [][]byte{slices.Concat([]byte{0xa1}, marshal(t, "Many"), empty), marshal(t, names)} {
		require.EqualError(t, awswire.DecodeCBOR(body, &schemaWhole, new(whole)), "SerializationException: "+message)
	}
	json := `{"Many":[` + strings.Repeat(`{},`, 70_000) + `{}]}`
	require.EqualError(t, awswire.DecodeJSON([]byte(json), &schemaWhole, new(whole)), "SerializationException: "+message)
	require.NoError(t, awswire.DecodeCBOR(slices.Concat([]byte{0xa1}, marshal(t, "Else"), empty), &schemaWhole, new(whole)))
	require.NoError(t, awswire.DecodeCBOR(slices.Concat([]byte{0xa1}, marshal(t, "Texts"), unhex(t, "9f"),
		bytes.Repeat([]byte{0x60}, 70_000), unhex(t, "ff")), &schemaParts, new(parts)))
}

func TestEncodeCBOR(t *testing.T) {
	for _, c := range []struct {
		out  parts
		want string // diagnostic notation of RFC 8949
	}{
		{parts{}, `{}`},
		{parts{Texts: []string{}, Tags: map[string]string{}, Bytes: []byte{}}, `{"Bytes": h'', "Texts": [], "Tags": {}}`},
		{parts{Text: new("a\xffü"), Flag: new(true), Bytes: []byte{1}}, `{"Text": "a\ufffd\u00fc", "Bytes": h'01', "Flag": true}`},
		{parts{Flag: new(false), Tags: map[string]string{"b": "2", "a": "1"}}, `{"Flag": false, "Tags": {"a": "1", "b": "2"}}`},
		{parts{Count: new(int32(-1)), Long: new(int64(math.MinInt64))}, `{"Count": -1, "Long": -9223372036854775808}`},
		{parts{Single: new(1.0), Double: new(1.0)}, `{"Single": 1.0_2, "Double": 1.0_3}`},
		{parts{Single: new(0.1), Double: new(math.NaN())}, `{"Single": 0.10000000149011612_2, "Double": NaN}`},
		{parts{When: new(time.Unix(1690556751, 0))}, `{"When": 1(1690556751)}`},
		{parts{When: new(time.Unix(-1, 500_400_000))}, `{"When": 1(-0.5_3)}`},
		{parts{Texts: []string{"a", "b"}}, `{"Texts": ["a", "b"]}`},
	} {
		got, err := awswire.EncodeCBOR(&schemaParts, &c.out)
		require.NoError(t, err)
		mode, err := cbor.DiagOptions{FloatPrecisionIndicator: true}.DiagMode()
		require.NoError(t, err)
		text, err := mode.Diagnose(got)
		require.NoError(t, err)
		require.Equal(t, c.want, text)
	}
	for _, n := range []int{0, 23, 24, 255, 256, 65535, 65536} {
		out := parts{Text: new(strings.Repeat("x", n)), Long: new(int64(n))}
		got, err := awswire.EncodeCBOR(&schemaParts, &out)
		require.NoError(t, err)
		require.Equal(t, slices.Concat([]byte{0xa2}, marshal(t, "Text"), marshal(t, *out.Text), marshal(t, "Long"), marshal(t, n)), got)
	}
	_, err := awswire.EncodeCBOR(&schemaWhole, &whole{Many: []parts{{Single: new(1e300)}}})
	require.ErrorContains(t, err, "Many: Single: 1e+300 is too large for a Float")
}

// Milliseconds stay themselves in programs that round and in those, such as of the Go SDK, that cut off.
func TestTimestampsKeepTheirMilliseconds(t *testing.T) {
	for _, second := range []int64{0, 1, 1690561551, 1 << 31, 999_999_999_999, -1, -1690561551} {
		for ms := range int64(1000) {
			want := time.UnixMilli(second*1000 + ms).UTC()
			body, err := awswire.EncodeCBOR(&schemaParts, &parts{When: &want})
			require.NoError(t, err)
			var theirs struct{ When cbor.RawTag }
			require.NoError(t, cbor.Unmarshal(body, &theirs))
			var seconds float64
			require.NoError(t, cbor.Unmarshal(theirs.When.Content, &seconds))
			require.Equal(t, want.UnixMilli(), int64(seconds*1e3))
			var ours parts
			require.NoError(t, awswire.DecodeCBOR(body, &schemaParts, &ours))
			require.Equal(t, want, *ours.When)
		}
	}
}
