package page

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestData(t *testing.T) {
	p := sample(t)
	p.Search.Candidates[0].Values = []float64{math.NaN(), math.Inf(1), 0.1234567}
	p.Method.Took = 90 * time.Second
	finds := 0
	p.Tests = []Test{{Picture: "s3://parts/a.jpg", Truth: []int{0}, Answers: []Said{{Label: 0, Score: float64(float32(0.7)), Box: &Place{0.1, 0.2, 0.3, 0.4}, Finds: &finds}},
		Boxes: []Placed{{Label: 0, Box: Place{0.1, 0.2, 0.3, 0.4}}}, Cells: [][2]int{{0, 1}}}}
	p.Mistakes = append(p.Mistakes, make([]Mistake, mostMistaken)...)
	var file, again bytes.Buffer
	require.NoError(t, WriteData(&file, p))
	require.NoError(t, WriteData(&again, p))
	require.Equal(t, file.String(), again.String())

	var got map[string]any
	require.NoError(t, json.Unmarshal(file.Bytes(), &got))
	require.NotContains(t, file.String(), "JPEG")
	require.Len(t, got["mistakes"], mostMistaken)
	search := got["search"].(map[string]any)
	require.Equal(t, []any{nil, nil, 0.123457}, search["candidates"].([]any)[0].(map[string]any)["values"])
	require.InDelta(t, 90, got["method"].(map[string]any)["took"], 0)
	require.Equal(t, []any{map[string]any{
		"picture": "s3://parts/a.jpg", "truth": []any{0.}, "cells": []any{[]any{0., 1.}},
		"answers": []any{map[string]any{"label": 0., "score": 0.7, "box": []any{0.1, 0.2, 0.3, 0.4}, "finds": 0.}},
		"boxes":   []any{map[string]any{"label": 0., "box": []any{0.1, 0.2, 0.3, 0.4}}},
	}}, got["tests"])
}
