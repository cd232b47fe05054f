package nn

import "slices"

// BlockedDomain is the domain of ONNX Runtime's operators for CPUs over maps whose channels lie in blocks. Files with
// them belong to the machine that they were made on.
const BlockedDomain = "com.microsoft.nchwc"

// BlockedConv is a depthwise Conv over memory in blocks of B channels: v is declared as [1, C, H, W], but its elements
// lie as [C/B, H, W, B], those of the result likewise, and those of the weights, declared [C, 1, kernel...], as
// [C/B, kernel..., B]. B is the number that the runtime prefers on this machine. bias may be the zero Value.
func (v Value) BlockedConv(weights, bias Value, o ConvOptions) Value {
	g := v.graph
	if !g.owns("BlockedConv", v, weights, bias) {
		return g.unbuilt()
	}
	shape, err := convolved(v.Shape(), weights.Shape(), o)
	if err != nil {
		return g.fail("BlockedConv: %w", err)
	}
	if !slices.ContainsFunc(g.model.OpsetImport, imports(BlockedDomain)) {
		g.model.OpsetImport = append(g.model.OpsetImport, opsetImport(BlockedDomain, 1))
	}
	kernel := weights.Shape()
	attrs := append(o.attrs(), IntsAttr("kernel_shape", int(kernel[2]), int(kernel[3])))
	return g.apply(BlockedDomain, "Conv", Type{v.kind.Elem, shape}, attrs, []Value{v, weights, bias})
}
