package awswire_test

import (
	"math"
	"slices"
	"testing"

	"ownsight/internal/appstream"
	"ownsight/internal/awswire"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
)

// Whatever is read as CBOR is CBOR to others, and can be checked and written again; what is read as JSON is the same
// after a way through CBOR.
func FuzzDecodeCBOR(f *testing.F) {
	for _, seed := range []string{
		"a0", "bf ff", "a1 63 4f 6e 65 bf 64 57 68 65 6e c1 fb 41 d9 30 f6 53 fd 4f df ff", "a1 64 4d 61 6e 79 9f a0 ff",
		"bf 64 4e 61 6d 65 73 9f 7f 61 61 61 62 ff ff 6a 4d 61 78 52 65 73 75 6c 74 73 18 19 ff", "a1 61 61 9f c1 f9 7e 00 5f 40 ff f7 ff",
	} {
		f.Add(unhex(f, seed))
	}
	f.Add([]byte(`{"One":{"When":1690556751.958,"Bytes":"AAAA","Tags":{"a":"1"},"Long":-5},"Many":[{"Double":0.1}]}`))
	f.Add([]byte(`{"Name":"n","AppCatalogConfig":[{"Name":"a"}],"DryRun":true,"Tags":{}}`))
	lenient, err := cbor.DecOptions{MaxNestedLevels: 1000, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32}.DecMode()
	require.NoError(f, err)
	imported := operationOf(f, "CreateImportedImage").Input
	images := operationOf(f, "DescribeImages").Output
	f.Fuzz(func(t *testing.T, body []byte) {
		throughCBOR[whole](t, lenient, body, &schemaWhole)
		throughCBOR[appstream.CreateImportedImageRequest](t, lenient, body, imported)
		throughCBOR[appstream.DescribeImagesResult](t, lenient, body, images)
	})
}

func operationOf(t testing.TB, name string) *awswire.OperationModel {
	i := slices.IndexFunc(appstream.Model.Operations, func(o *awswire.OperationModel) bool { return o.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return appstream.Model.Operations[i]
}

func throughCBOR[T any](t *testing.T, others cbor.DecMode, body []byte, schema *awswire.Shape) {
	var first, second, third T
	if err := awswire.DecodeCBOR(slices.Clone(body), schema, &first); err != nil {
		require.IsType(t, new(awswire.Error), err)
	} else {
		if len(body) > 0 {
			require.NoError(t, others.Wellformed(body))
		}
		_ = awswire.Validate(schema, &first) // must come to an end
		again(t, schema, &first, &second)
	}
	if awswire.DecodeJSON(slices.Clone(body), schema, &third) == nil {
		var fourth T
		if again(t, schema, &third, &fourth) {
			narrow(&third)
			require.Equal(t, third, fourth)
		}
	}
}

// again writes what was read, reads that and writes it once more: the same. It reports whether it could be written.
func again(t *testing.T, schema *awswire.Shape, in, out any) bool {
	text, err := awswire.EncodeCBOR(schema, in)
	if err != nil {
		require.ErrorContains(t, err, "is too large for a Float")
		return false
	}
	require.NoError(t, awswire.DecodeCBOR(slices.Clone(text), schema, out))
	twice, err := awswire.EncodeCBOR(schema, out)
	require.NoError(t, err)
	require.Equal(t, text, twice)
	return true
}

// narrow makes a Float what is left of it in single precision.
func narrow(v any) {
	if w, ok := v.(*whole); ok {
		all := w.Many
		if w.One != nil {
			all = append(all[:len(all):len(all)], *w.One)
		}
		for _, p := range all {
			if p.Single != nil {
				*p.Single = float64(float32(*p.Single))
			}
		}
	}
}
