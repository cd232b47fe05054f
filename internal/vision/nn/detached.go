package nn

// Detached returns the same tensor, but gradients (package grad) take it for a constant.
func (v Value) Detached() Value {
	same := v.Identity()
	if same.graph.err == nil {
		same.graph.cut[same.value] = true
	}
	return same
}

// IsDetached says whether the value was made by Detached.
func (v Value) IsDetached() bool { return v.Exists() && v.graph.cut[v.value] }
